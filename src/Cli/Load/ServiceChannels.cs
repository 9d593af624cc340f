using Grpc.Net.Client;

namespace Mesh.Cli.Load;

/// <summary>
/// Ways to services by name, by gRPC and by HTTP/1.1: the name goes into <c>:authority</c> or Host, the connection to an address that need not
/// have to do with it, such as a sidecar's outbound port, and which is what errors name. Any thread.
/// </summary>
internal sealed class ServiceChannels : IDisposable
{
    private readonly Dictionary<string, GrpcChannel> _channels = [];
    private readonly Dictionary<string, HttpClient> _pages = [];

    private ServiceChannels(IEnumerable<KeyValuePair<string, string>> addresses)
    {
        // Neither connects before it is used.
        foreach (var (service, address) in addresses)
        {
            _channels[service] = Open(service, address);
            _pages[service] = new HttpClient(Naming(service)) { BaseAddress = new Uri($"http://{address}") };
        }
    }

    /// <summary>All services through one sidecar.</summary>
    /// <param name="outbound">Its outbound port, <c>HOST:PORT</c>.</param>
    /// <param name="services">Which services.</param>
    public static ServiceChannels Through(string outbound, IEnumerable<string> services) =>
        new(services.Select(service => KeyValuePair.Create(service, outbound)));

    /// <summary>Each service at an address of its own, without a mesh.</summary>
    public static ServiceChannels Direct(IReadOnlyDictionary<string, string> addresses) => new(addresses);

    public GrpcChannel To(string service) => _channels[service];

    /// <summary>Over HTTP/1.1.</summary>
    public HttpClient PagesOf(string service) => _pages[service];

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }

        foreach (var pages in _pages.Values)
        {
            pages.Dispose();
        }
    }

    private static GrpcChannel Open(string service, string address) => GrpcChannel.ForAddress(
        $"http://{address}",
        new GrpcChannelOptions
        {
            HttpHandler = Naming(service),
            DisposeHttpClient = true,
        });

    private static NamingHandler Naming(string service) => new(service)
    {
        InnerHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false },
    };

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
