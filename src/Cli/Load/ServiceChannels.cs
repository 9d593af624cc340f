using Grpc.Net.Client;

namespace Mesh.Cli.Load;

/// <summary>
/// gRPC channels to services by name: the name goes into <c>:authority</c>, the connection to an address that need not
/// have to do with it, such as a sidecar's outbound port, and which is what errors name. Any thread.
/// </summary>
internal sealed class ServiceChannels : IDisposable
{
    private readonly Dictionary<string, GrpcChannel> _channels;

    private ServiceChannels(IEnumerable<KeyValuePair<string, string>> addresses) =>
        _channels = addresses.ToDictionary(entry => entry.Key, entry => Open(entry.Key, entry.Value));

    /// <summary>All services through one sidecar.</summary>
    /// <param name="outbound">Its outbound port, <c>HOST:PORT</c>.</param>
    /// <param name="services">Which services.</param>
    public static ServiceChannels Through(string outbound, IEnumerable<string> services) =>
        new(services.Select(service => KeyValuePair.Create(service, outbound)));

    /// <summary>Each service at an address of its own, without a mesh.</summary>
    public static ServiceChannels Direct(IReadOnlyDictionary<string, string> addresses) => new(addresses);

    public GrpcChannel To(string service) => _channels[service];

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }
    }

    private static GrpcChannel Open(string service, string address) => GrpcChannel.ForAddress(
        $"http://{address}",
        new GrpcChannelOptions
        {
            HttpHandler = new NamingHandler(service)
            {
                InnerHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false },
            },
            DisposeHttpClient = true,
        });

    /// <summary>Names the service in each request: SocketsHttpHandler sends the Host as <c>:authority</c>.</summary>
    private sealed class NamingHandler(string service) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = service;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
