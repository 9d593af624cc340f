using System.Collections.Concurrent;
using Grpc.Net.Client;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>
/// Connections for streams of consumers. Those of discovery and registration are not among them: a connection carries a thousand streams, and
/// these would take their places. Any thread.
/// </summary>
internal sealed class BrokerChannels(ControlPlaneChannels controlPlanes)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Uri, GrpcChannel> _channels = new();

    /// <summary>To the control plane that the sidecar is at. Kept as long as the process.</summary>
    public GrpcChannel Current => _channels.GetOrAdd(controlPlanes.Choice.Current, Open);

    /// <summary>Where that is.</summary>
    public Uri Url => controlPlanes.Choice.Current;

    private GrpcChannel Open(Uri url)
    {
        var lease = controlPlanes.Lease;
        return GrpcChannel.ForAddress(url, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectTimeout = ConnectTimeout,
                ConnectCallback = PlainConnect.OpenAsync,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = lease.PingDelay,
                KeepAlivePingTimeout = lease.PingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            },
        });
    }
}
