namespace Mesh.Wire.Transport;

/// <summary>What Linux knows of a TCP connection: <c>struct tcp_info</c> of linux/tcp.h, as far as we ask.</summary>
internal static class TcpInfo
{
    /// <summary>Of getsockopt, with the level of TCP.</summary>
    public const int Option = 11;

    /// <summary>As many of its bytes as are read.</summary>
    public const int Length = 60;

    // A closed window is asked after by probes, further and further apart: one may be under way.
    private const int ProbesUnderWay = 1;

    private const int Retransmits = 2;
    private const int Probes = 3;
    private const int LastAckReceived = 56;

    /// <inheritdoc cref="Channel.IsUnacknowledgedFor"/>
    public static bool IsUnacknowledgedFor(ReadOnlySpan<byte> info, TimeSpan limit) =>
        info.Length >= Length
        && (info[Retransmits] > 0 || info[Probes] > ProbesUnderWay)
        && BitConverter.ToUInt32(info[LastAckReceived..]) >= limit.TotalMilliseconds; // in the machine's own order
}
