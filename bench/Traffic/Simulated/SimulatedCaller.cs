using System.Net;
using System.Text;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>Calls through a sidecar, over one connection of HTTP/2 or as many of HTTP/1.1 as it takes.</summary>
/// <param name="world">Where it is.</param>
/// <param name="sidecar">Its outbound port.</param>
/// <param name="protocol">gRPC over HTTP/2, or GET over HTTP/1.1.</param>
internal sealed class SimulatedCaller(World world, IPEndPoint sidecar, Protocol protocol = Protocol.Http2) : IConnectionHandler
{
    private static readonly ViolationCounters Violations = new();

    private readonly List<MessageConnection> _connections = [];
    private readonly Queue<(HeaderList Head, bool EndStream, IStreamHandler Handler)> _waiting = new();
    private readonly HashSet<MessageConnection> _opening = [];

    /// <param name="service">Whom it asks for.</param>
    /// <param name="ended">Told of the answer.</param>
    /// <param name="headers">Further lines of its head.</param>
    public void Call(string service, Action<CallEnd> ended, params (string Name, string Value)[] headers) =>
        Open(service, endStream: true, new SimulatedCall(world, world.Now, ended), headers);

    /// <param name="service">Whom it asks for.</param>
    /// <param name="endStream">Nothing follows its head.</param>
    /// <param name="handler">Gets what comes back.</param>
    /// <param name="headers">Further lines of its head.</param>
    public void Open(string service, bool endStream, IStreamHandler handler, params (string Name, string Value)[] headers)
    {
        _waiting.Enqueue((HeadOf(service, headers), endStream, handler));
        StartWaiting();
        if (_waiting.Count > 0 && (protocol == Protocol.Http1 || _connections.Count == 0))
        {
            Connect();
        }
    }

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
        _opening.Remove(connection);
        StartWaiting();
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
        _connections.Remove(connection);
        _opening.Remove(connection);
    }

    private void StartWaiting()
    {
        while (_waiting.Count > 0 && _connections.Find(one => one.CanOpen) is { } connection)
        {
            var (head, endStream, handler) = _waiting.Dequeue();
            connection.Open(head, endStream, handler);
        }
    }

    private void Connect()
    {
        if (_opening.Count >= _waiting.Count)
        {
            return;
        }

        var connection = protocol == Protocol.Http1
            ? Http1Connections.Connect(world.Loop, sidecar, this, Listening.Options, Violations)
            : Http2Connection.Connect(world.Loop, sidecar, this, Listening.Options, Violations);
        _connections.Add(connection);
        _opening.Add(connection);
        StartWaiting();
    }

    private HeaderList HeadOf(string service, (string Name, string Value)[] headers)
    {
        var head = new HeaderList();
        var isGrpc = protocol == Protocol.Http2;
        head.Add(KnownHeader.Method, isGrpc ? "POST"u8 : "GET"u8);
        head.Add(KnownHeader.Scheme, "http"u8);
        head.Add(KnownHeader.Path, "/bench.Traffic/Do"u8);
        head.Add(KnownHeader.Authority, Encoding.ASCII.GetBytes(service));
        if (isGrpc)
        {
            head.Add(KnownHeader.ContentType, "application/grpc"u8);
            head.Add(KnownHeader.Te, "trailers"u8);
        }

        foreach (var (name, value) in headers)
        {
            head.Add(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        }

        return head;
    }
}
