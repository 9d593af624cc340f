namespace Mesh.ControlPlane.Trust;

/// <summary>What a sidecar's certificate is to say. Pure.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="Serial">16 octets, positive and not zero.</param>
/// <param name="NotBefore">A little in the past, since clocks differ.</param>
/// <param name="NotAfter">Never after its issuer's.</param>
internal sealed record LeafPlan(SpiffeId Id, byte[] Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>By how much clocks may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private const int SerialLength = 16;

    /// <param name="id">Who it is.</param>
    /// <param name="issuerNotAfter">Until when the issuer's certificate is valid.</param>
    /// <param name="now">The time.</param>
    /// <param name="ttl">How long the certificate is to be valid.</param>
    /// <param name="random">16 octets of chance.</param>
    public static LeafPlan For(SpiffeId id, DateTimeOffset issuerNotAfter, DateTimeOffset now, TimeSpan ttl, ReadOnlySpan<byte> random)
    {
        var serial = random[..SerialLength].ToArray();
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive, and of 16 octets always
        // X.509 counts seconds.
        var wanted = Seconds(now + ttl);
        return new LeafPlan(id, serial, Seconds(now - ClockSkew), wanted < issuerNotAfter ? wanted : issuerNotAfter);
    }

    /// <summary>As it is kept and denied by.</summary>
    public string SerialText => Convert.ToHexStringLower(Serial).TrimStart('0');

    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
