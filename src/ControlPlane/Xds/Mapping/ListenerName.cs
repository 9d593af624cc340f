using System.Diagnostics.CodeAnalysis;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// What a listener is asked for by. A client asks for what stands behind <c>xds:///</c>: a service as its callers address it, <c>orders</c>,
/// <c>orders.mesh</c>, <c>orders:8080</c>. A server (gRFC A36) asks for the address that it listens on.
/// </summary>
/// <param name="Service">Whose; null for a server.</param>
/// <param name="Listening">Where a server listens; null for a client.</param>
internal readonly record struct ListenerName(string? Service, HostPort? Listening)
{
    // The template that `meshctl xds bootstrap` writes.
    private const string Server = "grpc/server?xds.resource.listening_address=";

    private const string Suffix = ".mesh";

    public static bool TryParse(string text, out ListenerName name)
    {
        name = default;
        if (text.StartsWith(Server, StringComparison.Ordinal))
        {
            if (!HostPort.TryParse(text[Server.Length..], out var listening) || listening.Port == 0 || !EndpointAddress.IsPlain(listening.Host))
            {
                return false;
            }

            name = new ListenerName(null, listening);
            return true;
        }

        if (!TryService(text, out var service))
        {
            return false;
        }

        name = new ListenerName(service, null);
        return true;
    }

    private static bool TryService(string text, [NotNullWhen(true)] out string? service)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        service = colon < 0 ? text : text[..colon];
        if (service.EndsWith(Suffix, StringComparison.Ordinal))
        {
            service = service[..^Suffix.Length];
        }

        return (colon < 0 || ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out _)) && DnsLabel.IsValid(service);
    }
}
