using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// Where an instance is, as all clients take it: an IP address and a port. One host name would have them reject the whole of a service's instances.
/// </summary>
internal static class EndpointAddress
{
    /// <summary>Null if it is a host name, or of one link only.</summary>
    /// <param name="address"><c>HOST:PORT</c>.</param>
    public static Envoy.Address? Of(string address) =>
        HostPort.TryParse(address, out var parsed) && parsed.Port != 0 && TryPlain(parsed.Host, out var host) ? Of(host, parsed.Port) : null;

    public static Envoy.Address Of(string host, int port) => new() { SocketAddress = new() { Address = host, PortValue = (uint)port } };

    /// <summary>Whether the text is such an address already.</summary>
    public static bool IsPlain(string host) => TryPlain(host, out _);

    private static bool TryPlain(string host, [NotNullWhen(true)] out string? plain)
    {
        plain = HostPort.IsHost(host) && !host.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(host, out var address) ? address.ToString() : null;
        return plain is not null;
    }
}
