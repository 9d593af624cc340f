namespace Mesh.Wire.Tls;

/// <summary>How handshakes of one role have ended, by result, and what else of TLS is counted. Written by loops, read by anybody.</summary>
public sealed class HandshakeCounters
{
    private static readonly HandshakeResult[] Results = Enum.GetValues<HandshakeResult>();
    private static readonly string[] ResultNames = [.. Results.Select(NameOf)];

    private readonly long[] _counts = new long[Results.Length];
    private long _floods;

    /// <summary>How many have ended so.</summary>
    public long this[HandshakeResult result] => Volatile.Read(ref _counts[(int)result]);

    /// <summary>Connections that were ended since the peer sent records that carry nothing, one after the other.</summary>
    public long Floods => Volatile.Read(ref _floods);

    /// <summary>All results, for pages.</summary>
    public static IReadOnlyList<HandshakeResult> All => Results;

    /// <summary>As gRPC writes it: <c>CERTIFICATE_EXPIRED</c>.</summary>
    public static string Name(HandshakeResult result) => ResultNames[(int)result];

    internal void Add(HandshakeResult result) => Interlocked.Increment(ref _counts[(int)result]);

    internal void AddFlood() => Interlocked.Increment(ref _floods);

    private static string NameOf(HandshakeResult result) =>
        string.Concat(result.ToString().Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
