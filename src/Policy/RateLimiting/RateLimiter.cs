namespace Mesh.Policy.RateLimiting;

/// <summary>
/// Lets so many calls on in a time, of all or of each key. Any thread. What it remembers is bounded by
/// <see cref="RateLimitOptions.MaxKeys"/>, and it allocates nothing for a key that it knows.
/// </summary>
public sealed class RateLimiter
{
    private readonly TokenRate _rate;
    private readonly KeyedBuckets? _byKey;
    private readonly long _begun;
    private long _fullAt;

    /// <param name="options">What is allowed; valid.</param>
    /// <param name="now">In the loops' ticks: no later call is made with an earlier one.</param>
    public RateLimiter(RateLimitOptions options, long now)
    {
        Options = options;
        _rate = new TokenRate(options);
        _begun = now;
        if (options.ByHeader is not null || options.BySourceAddress)
        {
            _byKey = new KeyedBuckets(_rate, options.MaxKeys);
        }
    }

    /// <summary>What is allowed.</summary>
    public RateLimitOptions Options { get; }

    /// <summary>How many keys are remembered; 0 where there is one bucket for all.</summary>
    public int Keys => _byKey?.Count ?? 0;

    /// <summary>Takes a token of the bucket that all share.</summary>
    /// <param name="now">In the loops' ticks.</param>
    /// <returns>0 if there was one; otherwise the ticks until there is.</returns>
    public long Take(long now)
    {
        var elapsed = Elapsed(now);
        var seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            var fullAt = seen;
            var wait = _rate.Take(ref fullAt, elapsed);
            if (wait > 0)
            {
                return wait;
            }

            var before = Interlocked.CompareExchange(ref _fullAt, fullAt, seen);
            if (before == seen)
            {
                return 0;
            }

            seen = before;
        }
    }

    /// <summary>Takes a token of a key's bucket.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="now">In the loops' ticks.</param>
    /// <returns>0 if there was one; otherwise the ticks until there is.</returns>
    public long Take(ReadOnlySpan<byte> key, long now) => _byKey is { } byKey ? byKey.Take(key, Elapsed(now)) : Take(now);

    // Loops read the clock each for itself.
    private long Elapsed(long now) => Math.Max(0, now - _begun);
}
