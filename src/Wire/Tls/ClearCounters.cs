using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls;

/// <summary>Connections in clear to a port that knows TLS. Written by loops, read by anybody.</summary>
public sealed class ClearCounters
{
    private readonly long[] _taken = new long[2];
    private readonly long[] _refused = new long[2];

    /// <summary>Those that were served, as permissive ports do.</summary>
    public long Taken(Protocol protocol) => Volatile.Read(ref _taken[(int)protocol]);

    /// <summary>Those that were refused, as strict ports do. What is no protocol at all counts as HTTP/1.1.</summary>
    public long Refused(Protocol protocol) => Volatile.Read(ref _refused[(int)protocol]);

    internal void AddTaken(Protocol protocol) => Interlocked.Increment(ref _taken[(int)protocol]);

    internal void AddRefused(Protocol protocol) => Interlocked.Increment(ref _refused[(int)protocol]);
}
