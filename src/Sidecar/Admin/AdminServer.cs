using System.Net;
using Mesh.Hosting;
using Mesh.Sidecar.Readings;
using Mesh.Wire;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// Serves the admin pages over HTTP/1.1 and HTTP/2, on a loop of its own: who looks after the sidecar gets an answer also when the loops
/// of the calls are busy or stuck, and a large page holds up no call. Made, started and disposed by the process.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    /// <summary>Far more than probes, collectors of metrics and people make at once; fewer where there are few descriptors for all.</summary>
    private const int MostConnections = 64;

    /// <summary>
    /// Of answers that are not taken yet: three of a sidecar that knows some thousand endpoints. Beyond it whoever takes nothing goes.
    /// </summary>
    private const long MostHeld = 16 * 1024 * 1024;

    /// <summary>Whoever waits for the end of a drain gets the answer; whoever does not read it holds nothing up.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private static readonly WireOptions Limits = new()
    {
        HandshakeTimeout = TimeSpan.FromSeconds(5), // a head is a few lines, from nearby
        IdleTimeout = TimeSpan.FromSeconds(30), // who asks more often keeps its connection, others make one
        StallTimeout = TimeSpan.FromSeconds(30),
        MaxConcurrentStreams = 8,
        MaxHeaderListSize = 32 * 1024,
        StreamWindow = 65_535, // a body here is a word
        ConnectionWindow = 65_535,
        OutputHighWater = 64 * 1024,
    };

    private readonly IPEndPoint _address;
    private readonly TimeProvider _time;
    private readonly EventLoop _loop;
    private readonly AdminContext _context;
    private readonly AdminConnections _connections;
    private readonly ViolationCounters _violations = new();
    private Listener? _listener;

    /// <param name="address">Where they are served.</param>
    /// <param name="view">What they show.</param>
    /// <param name="hooks">What they do.</param>
    /// <param name="isPortable">The loop uses .NET's sockets.</param>
    /// <param name="log">Told of defects.</param>
    public AdminServer(IPEndPoint address, SidecarView view, AdminHooks hooks, bool isPortable, Log log)
    {
        _address = address;
        _time = view.Time;
        _loop = EventLoop.Create(view.Time, "admin", isPortable);
        _loop.Fault = e => log.Error($"a defect of ours on the loop of the admin pages: {e}");
        view.AdminFaults = () => _loop.Faults;
        // Half of the descriptors that callers' connections leave to others.
        var most = Math.Clamp(DescriptorReserve.Of(DescriptorReserve.OpenFilesLimit) / 2, 1, MostConnections);
        _connections = new AdminConnections(_loop, most, MostHeld);
        _context = new AdminContext(_loop, new AdminPages(view, hooks, log), new PageGuard("--admin-hosts", view.Options.AdminHosts), view.Time, log);
    }

    /// <summary>With the real port, once started.</summary>
    public IPEndPoint Local => _listener!.Local;

    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be listened on.</exception>
    public void Start()
    {
        _listener = _loop.Listen(_address, [_loop], Accept, usesReserve: true);
        _loop.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is { } listener)
        {
            Task? over = null;
            await _loop.InvokeAsync(() =>
            {
                listener.Close();
                over = _connections.GoAwayAsync();
            });
            await over!.WaitAsync(StopLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _loop.Stop();
    }

    private ProtocolChoice Accept(Channel channel)
    {
        var connection = new AdminConnection(channel, _connections, _context);
        var choice = new ProtocolChoice(channel, Limits.HandshakeTimeout, _violations, (chosen, protocol) => Serve(connection, chosen, protocol), _ => connection.OnChoiceOver());
        connection.Begin(choice);
        return choice;
    }

    private IChannelHandler Serve(AdminConnection handler, Channel channel, Protocol protocol)
    {
        handler.Serve(protocol == Protocol.Http2
            ? Http2Connection.Accept(channel, handler, Limits, _violations)
            : Http1Connections.Accept(channel, handler, Limits, _violations));
        return channel.Handler;
    }
}
