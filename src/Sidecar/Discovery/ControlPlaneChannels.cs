using Grpc.Core;
using Grpc.Net.Client;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// A channel to each control plane, shared by all who talk to it. Any thread. Who loses one goes on to the next in turn; those
/// that <see cref="Stores"/> has refused are left out.
/// </summary>
internal sealed class ControlPlaneChannels : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A control plane whose machine went without a word is given up after this and <see cref="PingTimeout"/>.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly Uri[] _urls;
    private readonly GrpcChannel[] _channels;

    public ControlPlaneChannels(IEnumerable<Uri> urls)
    {
        _urls = [.. urls];
        _channels = [.. _urls.Select(Open)];
    }

    /// <summary>How long it takes at most to notice that a control plane is gone.</summary>
    public static TimeSpan DetectionTime => PingDelay + PingTimeout;

    public int Count => _channels.Length;

    public IReadOnlyList<Uri> Urls => _urls;

    /// <summary>Which of them belong together.</summary>
    public StoreGuard Stores { get; } = new();

    /// <summary>The next that may be used.</summary>
    /// <param name="turn">Counts up for ever.</param>
    public (Uri Url, GrpcChannel Channel) this[int turn]
    {
        get
        {
            var index = turn % Count;
            for (var i = 0; i < Count && Stores.IsRefused(_urls[index]); i++)
            {
                index = (index + 1) % Count;
            }

            return (_urls[index], Volatile.Read(ref _channels[index]));
        }
    }

    /// <summary>The channel of one of <see cref="Urls"/>, refused or not.</summary>
    public GrpcChannel To(Uri url) => Volatile.Read(ref _channels[Array.IndexOf(_urls, url)]);

    /// <summary>Ends all that goes on with one that was refused.</summary>
    public void Cut(Uri url)
    {
        var index = Array.IndexOf(_urls, url);
        Interlocked.Exchange(ref _channels[index], Open(url)).Dispose();
    }

    public void Dispose()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }
    }

    /// <summary>Why a call to a control plane ended, in a line that does not say where.</summary>
    public static string Describe(RpcException failure) => CallFailure.Describe(failure, "there");

    /// <summary>The same where the address matters.</summary>
    public static string Describe(RpcException failure, Uri url) => CallFailure.Describe(failure, $"at {Shown(url)}");

    /// <summary>An address as messages have it.</summary>
    public static string Shown(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static GrpcChannel Open(Uri url) => GrpcChannel.ForAddress(url, new GrpcChannelOptions
    {
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
