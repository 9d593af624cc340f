using System.Net;
using Mesh.Http2.Connections;
using Mesh.Http2.Transport;
using Mesh.Sidecar.Flow;
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
    private readonly HashSet<Http2Connection>[] _connections;
    private readonly Http2Options _options;
    private readonly ViolationCounters _violations;
    private readonly Listener _listener;
    private readonly Action<Http2Connection> _closed;

    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public DownstreamListener(
        string name,
        IPEndPoint local,
        IReadOnlyList<Worker> workers,
        Func<Worker, RequestFlow> makeFlow,
        Http2Options options,
        ViolationCounters violations,
        Action<System.Net.Sockets.Socket>? http1 = null)
    {
        Name = name;
        _workers = workers;
        _options = options;
        _violations = violations;
        _closed = connection => _connections![IndexOf(connection.Loop)].Remove(connection);
        _flows = [.. workers.Select(makeFlow)];
        _connections = [.. workers.Select(_ => new HashSet<Http2Connection>())];
        var loops = workers.Select(w => w.Loop).ToArray();
        _listener = loops[0].Listen(local, loops, Accept, http1);
    }

    /// <summary>As announced: "outbound", "inbound", "upstream/NAME".</summary>
    public string Name { get; }

    /// <summary>With the real port.</summary>
    public IPEndPoint Local => _listener.Local;

    /// <summary>The connections of one loop. On that loop only.</summary>
    public IReadOnlyCollection<Http2Connection> ConnectionsOf(Worker worker) => _connections[worker.Index];

    /// <summary>Takes no more connections. Any thread.</summary>
    public Task CloseAsync() => _workers[0].Loop.InvokeAsync(_listener.Close);

    /// <summary>Tells every caller to open no more streams; those there are finish. Any thread.</summary>
    public Task GoAwayAsync() => Task.WhenAll(_workers.Select(worker => worker.Loop.InvokeAsync(() =>
    {
        foreach (var connection in _connections[worker.Index].ToArray())
        {
            connection.GoAway();
        }
    })));

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
