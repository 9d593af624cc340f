namespace Mesh.Wire.Streams;

/// <summary>How often peers of one kind of connection did what they must not. Written by loops, read by anybody.</summary>
public sealed class ViolationCounters
{
    private static readonly ProtocolViolation[] Kinds = Enum.GetValues<ProtocolViolation>();
    private readonly long[] _counts = new long[Kinds.Length];

    /// <summary>How often so far.</summary>
    public long this[ProtocolViolation kind] => Volatile.Read(ref _counts[(int)kind]);

    internal void Add(ProtocolViolation kind) => Interlocked.Increment(ref _counts[(int)kind]);
}
