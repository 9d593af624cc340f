using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Mesh.Cli.Load;

/// <summary>
/// gRPC channels to services by name: the name goes into <c>:authority</c>, the connection to an address that need not
/// have to do with it, such as a sidecar's outbound port. Any thread.
/// </summary>
internal sealed class ServiceChannels : IDisposable
{
    private readonly Dictionary<string, GrpcChannel> _channels;

    private ServiceChannels(IEnumerable<KeyValuePair<string, DnsEndPoint>> addresses) =>
        _channels = addresses.ToDictionary(entry => entry.Key, entry => Open(entry.Key, entry.Value));

    /// <summary>All services through one sidecar.</summary>
    /// <param name="outbound">Its outbound port, <c>HOST:PORT</c>.</param>
    /// <param name="services">Which services.</param>
    public static ServiceChannels Through(string outbound, IEnumerable<string> services) =>
        new(services.Select(service => KeyValuePair.Create(service, Parse(outbound))));

    /// <summary>Each service at an address of its own, without a mesh.</summary>
    public static ServiceChannels Direct(IReadOnlyDictionary<string, string> addresses) =>
        new(addresses.Select(entry => KeyValuePair.Create(entry.Key, Parse(entry.Value))));

    public GrpcChannel To(string service) => _channels[service];

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }
    }

    private static DnsEndPoint Parse(string address)
    {
        var uri = new Uri($"http://{address}");
        return new DnsEndPoint(uri.IdnHost, uri.Port);
    }

    private static GrpcChannel Open(string service, DnsEndPoint address) => GrpcChannel.ForAddress(
        $"http://{service}",
        new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = (_, cancellation) => ConnectAsync(address, cancellation),
                EnableMultipleHttp2Connections = true,
                UseProxy = false,
            },
            DisposeHttpClient = true,
        });

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
