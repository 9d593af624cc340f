using Grpc.Core;
using Grpc.Net.Client;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// A channel to each control plane, shared by all who talk to it. Any thread. Who loses one goes on to the next in turn.
/// </summary>
internal sealed class ControlPlaneChannels : IDisposable
{
    /// <summary>The endpoints of a service with 100,000 instances; gRPC's own limit, 4 MiB, is met by a tenth of them.</summary>
    private const int MaxMessage = 64 * 1024 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A control plane whose machine went without a word is given up after this and <see cref="PingTimeout"/>.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly (Uri Url, GrpcChannel Channel)[] _channels;

    public ControlPlaneChannels(IEnumerable<Uri> urls) => _channels = [.. urls.Select(url => (url, Open(url)))];

    public int Count => _channels.Length;

    /// <param name="turn">Counts up for ever.</param>
    public (Uri Url, GrpcChannel Channel) this[int turn] => _channels[turn % _channels.Length];

    public void Dispose()
    {
        foreach (var (_, channel) in _channels)
        {
            channel.Dispose();
        }
    }

    /// <summary>Why a call ended, in a line.</summary>
    public static string Describe(RpcException failure)
    {
        // The client's own words for a failed connection say nothing of why.
        var cause = failure.Status.DebugException?.GetBaseException().Message;
        var detail = failure.Status.Detail;
        detail = cause is null || detail.Contains(cause, StringComparison.Ordinal) ? detail : $"{detail} {cause}";
        return failure.StatusCode == StatusCode.Unavailable ? detail : $"{failure.StatusCode}: {detail}";
    }

    private static GrpcChannel Open(Uri url) => GrpcChannel.ForAddress(url, new GrpcChannelOptions
    {
        MaxReceiveMessageSize = MaxMessage,
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            // What a shell's proxy variables say is meant for other traffic.
            UseProxy = false,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = PlainConnect.OpenAsync,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        },
    });
}
