using System.Net;
using Mesh.Http2.Connections;
using Mesh.Http2.Transport;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Http1;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Listeners;

/// <summary>
/// A bound address, the connections that came over it, and the flow of each loop that serves them. Made and drained by the
/// process; connections are touched by their loops only.
/// </summary>
internal sealed class DownstreamListener
{
    private readonly IReadOnlyList<Worker> _workers;
    private readonly RequestFlow[] _flows;
    private readonly HashSet<MessageConnection>[] _connections;
    private readonly Http2Options _options;
    private readonly ViolationCounters _violations;
    private readonly Listener _listener;
    private readonly Action<MessageConnection> _closed;

    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public DownstreamListener(
        string name,
        IPEndPoint local,
        IReadOnlyList<Worker> workers,
        Func<Worker, RequestFlow> makeFlow,
        Http2Options options,
        ViolationCounters violations,
        Http1Server http1,
        Http1Entry http1Entry,
        Action? pauseChanged = null)
    {
        Name = name;
        Http1 = http1;
        _workers = workers;
        _options = options;
        _violations = violations;
        _closed = connection => _connections![IndexOf(connection.Loop)].Remove(connection);
        _flows = [.. workers.Select(makeFlow)];
        _connections = [.. workers.Select(_ => new HashSet<MessageConnection>())];
        var loops = workers.Select(w => w.Loop).ToArray();
        _listener = loops[0].Listen(local, loops, Accept, socket => http1.Serve(socket, http1Entry));
        _listener.PauseChanged = pauseChanged;
    }

    /// <summary>As announced: "outbound", "inbound", "upstream/NAME".</summary>
    public string Name { get; }

    /// <summary>Takes the connections that do not speak HTTP/2; other listeners of the same direction share it.</summary>
    public Http1Server Http1 { get; }

    /// <summary>With the real port.</summary>
    public IPEndPoint Local => _listener.Local;

    /// <summary>Why it takes no connections at present. Any thread, as the next.</summary>
    public AcceptPause Pause => _listener.Pause;

    /// <summary>How often it has paused for a reason.</summary>
    public long PausesFor(AcceptPause reason) => _listener.PausesFor(reason);

    /// <summary>The connections of one loop. On that loop only.</summary>
    public IReadOnlyCollection<MessageConnection> ConnectionsOf(Worker worker) => _connections[worker.Index];

    /// <summary>Takes no more connections. Any thread.</summary>
    public Task CloseAsync() => _workers[0].Loop.InvokeAsync(_listener.Close);

    /// <summary>
    /// Tells every caller to open no more streams, and over HTTP/1.1 to send no more requests; those there are finish. Any
    /// thread, once all listeners of its direction take no more connections.
    /// </summary>
    public Task GoAwayAsync()
    {
        Http1.GoAway();
        return Task.WhenAll(_workers.Select(worker => worker.Loop.InvokeAsync(() =>
        {
            foreach (var connection in _connections[worker.Index].ToArray())
            {
                connection.GoAway();
            }
        })));
    }

    private IChannelHandler? Accept(Channel channel)
    {
        var index = IndexOf(channel.Loop);
        var connection = Http2Connection.Accept(channel, new DownstreamConnection(_flows[index], _closed), _options, _violations);
        _connections[index].Add(connection);
        return connection;
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
