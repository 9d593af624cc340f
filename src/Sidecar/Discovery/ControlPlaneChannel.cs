using Grpc.Net.Client;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// A channel to a control plane, for all who talk to it: one connection, as long as it holds. One that has gone silent is broken
/// off, and another takes its place in <see cref="ControlPlaneChannels"/>. Any thread.
/// </summary>
internal sealed class ControlPlaneChannel : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    private readonly TimeProvider _time;
    private long _heard;
    private volatile string? _brokenOff;

    /// <param name="url">Of the control plane.</param>
    /// <param name="lease">By which silence is noticed.</param>
    /// <param name="time">The clock.</param>
    public ControlPlaneChannel(Uri url, LeaseTimes lease, TimeProvider time)
    {
        Url = url;
        _time = time;
        _heard = time.GetTimestamp();
        Grpc = GrpcChannel.ForAddress(url, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                // What a shell's proxy variables say is meant for other traffic.
                UseProxy = false,
                ConnectTimeout = ConnectTimeout,
                ConnectCallback = PlainConnect.OpenAsync,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                KeepAlivePingDelay = lease.PingDelay,
                KeepAlivePingTimeout = lease.PingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            },
        });
    }

    public Uri Url { get; }

    public GrpcChannel Grpc { get; }

    /// <summary>Why it was broken off by us; null if it was not.</summary>
    public string? BrokenOff => _brokenOff;

    /// <summary>How long nothing has come on it.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Something has come on it.</summary>
    public void OnHeard() => Volatile.Write(ref _heard, _time.GetTimestamp());

    /// <summary>Ends all that goes on there.</summary>
    public void BreakOff(string why)
    {
        _brokenOff = why;
        Grpc.Dispose();
    }

    public void Dispose() => Grpc.Dispose();
}
