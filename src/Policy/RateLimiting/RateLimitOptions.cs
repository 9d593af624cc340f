namespace Mesh.Policy.RateLimiting;

/// <summary>How often something may be done: so often in a time, and so often at once after a pause.</summary>
public sealed record RateLimitOptions
{
    /// <summary>How many values or addresses are remembered by default.</summary>
    public const int DefaultMaxKeys = 10_000;

    /// <summary>How many in <see cref="Per"/>, 1 to 1,000,000,000; not more than 1,000,000 a second.</summary>
    public required int Requests { get; init; }

    /// <summary>1 ms to 24 h; default 1 s.</summary>
    public TimeSpan Per { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The depth of the bucket, 1 to 1,000,000,000; default null, as many as <see cref="Requests"/>.</summary>
    public int? Burst { get; init; }

    /// <summary>A bucket for each value of this header, in lower case; default null.</summary>
    public string? ByHeader { get; init; }

    /// <summary>A bucket for each address that calls come from; default false.</summary>
    public bool BySourceAddress { get; init; }

    /// <summary>How many buckets are kept, the least recently used going first, 1 to 1,000,000; default 10,000.</summary>
    public int MaxKeys { get; init; } = DefaultMaxKeys;

    /// <summary>One limit for all sidecars that it holds for, which only have parts of it; not by key. Default false.</summary>
    public bool IsShared { get; init; }
}
