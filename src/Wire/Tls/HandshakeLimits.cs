using System.Runtime.CompilerServices;

namespace Mesh.Wire.Tls;

/// <summary>
/// What those who connect may have under way before they have proven who they are. Immutable. A value out of its range throws
/// <see cref="ArgumentOutOfRangeException"/>, which names the option and the range.
/// </summary>
public sealed record HandshakeLimits
{
    /// <summary>Handshakes under way on one loop; a further connection is closed. 1 to 65,536, default 1,024: 100 MB at most.</summary>
    public int MostUnderWay { get; init => field = Within(value); } = 1024;

    /// <summary>
    /// Those of one address (of IPv6, of one /64); 1 to 65,536, default 256: a sidecar makes one connection for each of its loops, and a
    /// node with many pods may show one address.
    /// </summary>
    public int MostOfSource { get; init => field = Within(value); } = 256;

    private static int Within(int value, [CallerMemberName] string option = "") =>
        value is >= 1 and <= 65_536 ? value : throw new ArgumentOutOfRangeException(option, value, $"{option} is 1 to 65536.");
}
