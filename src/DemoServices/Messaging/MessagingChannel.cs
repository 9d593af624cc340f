using Grpc.Net.Client;

namespace Mesh.DemoServices.Messaging;

/// <summary>The way to events and queues: whatever the address, they are called by the name "mesh". Any thread.</summary>
internal sealed class MessagingChannel : IDisposable
{
    private const string Authority = "mesh";

    public MessagingChannel(Uri address) => Grpc = GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new Named
        {
            // What a shell's proxy variables say is meant for other traffic.
            InnerHandler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true },
        },
        DisposeHttpClient = true,
    });

    public GrpcChannel Grpc { get; }

    public void Dispose() => Grpc.Dispose();

    private sealed class Named : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = Authority;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
