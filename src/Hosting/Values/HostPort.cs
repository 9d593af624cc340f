using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Hosting;

/// <summary>
/// A host and a port. The text form is <c>HOST:PORT</c>, an IPv6 address in brackets: <c>[::1]:80</c> (RFC 3986 §3.2.2).
/// </summary>
/// <param name="Host">An IP address (IPv6 without brackets) or a host name.</param>
/// <param name="Port">0 to 65535.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>, with port 0 allowed; false if it is ill-formed.</summary>
    public static bool TryParse(string text, out HostPort value)
    {
        value = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || text.Length - colon - 1 is < 1 or > 5
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;

        var host = text[..colon];
        if (host[0] == '[')
        {
            if (host[^1] != ']' || !IPAddress.TryParse(host[1..^1], out var address)
                || address.AddressFamily != AddressFamily.InterNetworkV6)
                return false;
            host = host[1..^1];
        }
        else if (host.Length > 253 || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            return false;
        }
        value = new HostPort(host, port);
        return true;
    }

    /// <summary>The socket address, if the host is an IP address or <c>localhost</c>; no name is looked up.</summary>
    public bool TryGetEndPoint([MaybeNullWhen(false)] out IPEndPoint endPoint)
    {
        var found = IPAddress.TryParse(Host, out var address);
        if (!found && Host == "localhost")
            address = IPAddress.Loopback;
        endPoint = address is null ? null : new IPEndPoint(address, Port);
        return endPoint is not null;
    }

    /// <summary>The text form.</summary>
    public override string ToString() =>
        (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:" : $"{Host}:") + Port.ToString(CultureInfo.InvariantCulture);
}
