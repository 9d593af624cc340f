using System.Net;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Terms;
using Mesh.Wire;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Listeners;

/// <summary>
/// A bound address, the connections that came over it, and the flow of each loop that serves them. Made and drained by the
/// process; connections are touched by their loops only.
/// </summary>
internal sealed class DownstreamListener
{
    private readonly IReadOnlyList<Worker> _workers;
    private readonly Func<Worker, Destination, RequestFlow> _makeFlow;
    private readonly RequestFlow[] _flows;
    private readonly TunnelEntry[] _tunnels;
    private readonly GrpcWebEntry? _web;
    private readonly TlsEntry?[] _entries;
    private readonly HashSet<MessageConnection>[] _connections;
    private readonly HashSet<ProtocolChoice>[] _undecided;
    private readonly WireOptions _options;
    private readonly ViolationCounters _violations;
    private readonly Listener _listener;
    private readonly Action<MessageConnection> _closed;
    private volatile bool _saysClose;

    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="local">Where it is bound.</param>
    /// <param name="workers">Whose loops serve it.</param>
    /// <param name="destination">Where its calls go.</param>
    /// <param name="tunnels">Who knows where CONNECT may lead; null if nowhere.</param>
    /// <param name="web">Takes the calls of browsers; null if nobody does.</param>
    /// <param name="makeFlow">Makes the path of calls to a destination.</param>
    /// <param name="options">What callers may do.</param>
    /// <param name="violations">Where it is counted what they did and may not.</param>
    /// <param name="tls">How callers are taken by TLS; null if all are in clear.</param>
    /// <param name="pauseChanged">See <see cref="Listener.PauseChanged"/>.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public DownstreamListener(
        string name,
        IPEndPoint local,
        IReadOnlyList<Worker> workers,
        Destination destination,
        ServiceDirectory? tunnels,
        GrpcWebEntry? web,
        Func<Worker, Destination, RequestFlow> makeFlow,
        WireOptions options,
        ViolationCounters violations,
        MutualTls? tls = null,
        Action? pauseChanged = null)
    {
        Name = name;
        _workers = workers;
        _options = options;
        _violations = violations;
        _closed = connection => _connections![IndexOf(connection.Loop)].Remove(connection);
        _web = web;
        _makeFlow = makeFlow;
        _flows = [.. workers.Select(worker => makeFlow(worker, destination))];
        _tunnels = [.. workers.Select(worker => new TunnelEntry(worker, tunnels, ServeTunnel))];
        _entries = [.. workers.Select(worker => tls?.EntryOf(worker.Loop))];
        _connections = [.. workers.Select(_ => new HashSet<MessageConnection>())];
        _undecided = [.. workers.Select(_ => new HashSet<ProtocolChoice>())];
        var loops = workers.Select(w => w.Loop).ToArray();
        _listener = loops[0].Listen(local, loops, Accept);
        _listener.PauseChanged = pauseChanged;
    }

    /// <summary>As announced: "outbound", "inbound", "upstream/NAME".</summary>
    public string Name { get; }

    /// <summary>With the real port.</summary>
    public IPEndPoint Local => _listener.Local;

    /// <summary>Why it takes no connections at present. Any thread, as the next.</summary>
    public AcceptPause Pause => _listener.Pause;

    /// <summary>How often it has paused for a reason.</summary>
    public long PausesFor(AcceptPause reason) => _listener.PausesFor(reason);

    /// <summary>The connections of one loop. On that loop only.</summary>
    public IReadOnlyCollection<MessageConnection> ConnectionsOf(Worker worker) => _connections[worker.Index];

    /// <summary>
    /// Over HTTP/1.1, where nothing else tells a caller not to send its next request, says with every answer that the connection ends
    /// with it; new ones are still served. Any thread.
    /// </summary>
    public Task SayCloseAsync()
    {
        _saysClose = true;
        return OnEachLoopAsync(worker =>
        {
            foreach (var connection in _connections[worker.Index])
            {
                connection.SayClose();
            }
        });
    }

    /// <summary>Takes no more connections. Any thread.</summary>
    public Task CloseAsync() => _workers[0].Loop.InvokeAsync(_listener.Close);

    /// <summary>
    /// Tells every caller to open no more streams, or to send no more requests; those there are finish. Any thread, once all listeners
    /// of its direction take no more connections.
    /// </summary>
    public Task GoAwayAsync() => OnEachLoopAsync(worker =>
    {
        foreach (var choice in _undecided[worker.Index].ToArray())
        {
            choice.Close();
        }

        foreach (var connection in _connections[worker.Index].ToArray())
        {
            connection.GoAway();
        }
    });

    private Task OnEachLoopAsync(Action<Worker> work) =>
        Task.WhenAll(_workers.Select(worker => worker.Loop.InvokeAsync(() => work(worker))));

    private ProtocolChoice Accept(Channel channel)
    {
        var index = IndexOf(channel.Loop);
        return Choose(channel, _flows[index], _tunnels[index], _entries[index]);
    }

    private ProtocolChoice ServeTunnel(Channel channel, Destination destination)
    {
        var worker = _workers[IndexOf(channel.Loop)];
        return Choose(channel, _makeFlow(worker, destination), TunnelEntry.None(worker), null);
    }

    private ProtocolChoice Choose(Channel channel, RequestFlow flow, TunnelEntry tunnels, TlsEntry? entry)
    {
        var undecided = _undecided[IndexOf(channel.Loop)];
        var choice = new ProtocolChoice(
            channel, _options.HandshakeTimeout, _violations, (chosen, protocol) => Serve(chosen, protocol, flow, tunnels), over => undecided.Remove(over), entry);
        undecided.Add(choice);
        return choice;
    }

    private IChannelHandler Serve(Channel channel, Protocol protocol, RequestFlow flow, TunnelEntry tunnels)
    {
        var age = flow.Direction == Direction.Inbound ? new AgingConnection(_workers[IndexOf(channel.Loop)]) : null;
        var handler = new DownstreamConnection(flow, tunnels, _web, _closed, age);
        MessageConnection connection = protocol == Protocol.Http2
            ? Http2Connection.Accept(channel, handler, _options, _violations)
            : Http1Connections.Accept(channel, handler, _options, _violations);
        if (_saysClose)
        {
            connection.SayClose();
        }

        _connections[IndexOf(channel.Loop)].Add(connection);
        return channel.Handler;
    }

    private int IndexOf(EventLoop loop)
    {
        for (var i = 0; i < _workers.Count; i++)
        {
            if (ReferenceEquals(_workers[i].Loop, loop))
            {
                return i;
            }
        }

        throw new InvalidOperationException("The channel is of another process's loop.");
    }
}
