using System.Net;
using System.Net.Sockets;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Host names of endpoints. An address that is none is resolved when the endpoint first appears, and looked up again from
/// time to time, off the loops: a container that comes back may have another address.
/// </summary>
internal sealed class AddressResolver(Func<IEnumerable<Endpoint>> endpoints, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Looks up the names again until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            foreach (var endpoint in endpoints())
            {
                if (TrySplit(endpoint.Address, out var host, out var port) && !IPAddress.TryParse(host, out _))
                {
                    var found = await LookUpAsync(host, port, stop).ConfigureAwait(false);
                    if (found.Length > 0)
                    {
                        endpoint.MoveTo(found);
                    }
                }
            }
        }
    }

    /// <summary>The first look-up; waits for the resolver, so never on a loop.</summary>
    public static IPEndPoint[] Resolve(Endpoint endpoint)
    {
        if (!TrySplit(endpoint.Address, out var host, out var port))
        {
            return [];
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return [new IPEndPoint(address, port)];
        }

        try
        {
            return InOrder(Dns.GetHostAddresses(host), port);
        }
        catch (SocketException)
        {
            return []; // tried again by RunAsync; until then attempts say so
        }
    }

    private static async Task<IPEndPoint[]> LookUpAsync(string host, int port, CancellationToken stop)
    {
        try
        {
            return InOrder(await Dns.GetHostAddressesAsync(host, stop).ConfigureAwait(false), port);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return []; // the last good answer stays
        }
    }

    /// <summary>IPv4 first: it is what containers have. Sorted, so that a resolver that turns its answers changes nothing.</summary>
    private static IPEndPoint[] InOrder(IPAddress[] addresses, int port) =>
    [
        .. addresses
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            .Distinct()
            .OrderBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)
            .ThenBy(address => address.ToString(), StringComparer.Ordinal)
            .Select(address => new IPEndPoint(address, port)),
    ];

    private static bool TrySplit(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        host = colon < 0 ? text : text[..colon].Trim('[', ']');
        port = 0;
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), out port) && port is > 0 and <= 65535;
    }
}
