using Mesh.Conformance.Peer;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>A scripted endpoint: each connection that the sidecar makes to it waits until the test accepts or refuses it.</summary>
internal sealed class Server(MemoryLoop loop, int port)
{
    private readonly Queue<ServerConnection> _pending = new();

    public string Address { get; } = $"127.0.0.1:{port}";

    public int Port { get; } = port;

    /// <summary>What the sidecar holds against it.</summary>
    public Endpoint Endpoint { get; set; } = null!;

    /// <summary>How often the sidecar has tried to connect.</summary>
    public int Attempts { get; private set; }

    public bool HasPending => _pending.Count > 0;

    /// <summary>Attempts that have said good and bad of it, and those under way.</summary>
    public (long Good, long Bad, int InFlight) Load =>
        (Endpoint.State.Load.Successes, Endpoint.State.Load.Failures, Endpoint.State.Load.InFlight);

    public BreakerState BreakerAt(long now) => Endpoint.State.Breaker.StateAt(now);

    /// <summary>The connection that was accepted last.</summary>
    public ServerConnection Connection { get; private set; } = null!;

    public MemoryChannel OnConnect()
    {
        Attempts++;
        var connection = new ServerConnection(loop, new MemoryChannel(loop));
        _pending.Enqueue(connection);
        return connection.Channel;
    }

    /// <summary>The oldest pending connection comes about, with the server's settings.</summary>
    public ServerConnection Accept(params (int, uint)[] settings)
    {
        var connection = AcceptSilently();
        connection.Send(Frames.Settings(settings), Frames.WindowUpdate(0, 1 << 28));
        return connection;
    }

    /// <summary>The oldest pending connection comes about, and nobody says anything on it.</summary>
    public ServerConnection AcceptSilently()
    {
        Connection = _pending.Dequeue();
        Connection.Channel.Handler.OnConnected();
        loop.Turn();
        return Connection;
    }

    /// <summary>The sidecar does not wait for the oldest pending connection any more.</summary>
    public bool IsGivenUp => _pending.Peek().Channel.IsClosed;

    /// <summary>Nobody listens.</summary>
    public void Refuse()
    {
        _pending.Dequeue().Channel.End(ChannelEnd.ConnectFailed);
        loop.Turn();
    }
}

/// <summary>One connection of the sidecar's to a scripted endpoint.</summary>
internal sealed class ServerConnection(MemoryLoop loop, MemoryChannel channel) : WireEnd(loop, channel, isServer: true)
{
    /// <summary>The head of an answer in gRPC.</summary>
    public static byte[] Head(uint id, params string[] more) =>
        Frames.Headers(id, HeaderBlock.Of([":status: 200", "content-type: application/grpc", .. more]));

    /// <summary>An answer in gRPC that is a head only.</summary>
    public static byte[] TrailersOnly(uint id, params string[] more) =>
        Frames.Headers(id, HeaderBlock.Of([":status: 200", "content-type: application/grpc", .. more]), end: true);

    /// <summary>A whole message of gRPC.</summary>
    public static byte[] Message(uint id, int length = 10, bool end = false) => Frames.Data(id, [0, .. Frames.UInt32((uint)length), .. new byte[length]], end);

    public static byte[] Status(uint id, int code = 0, params string[] more) => Frames.Trailers(id, [$"grpc-status: {code}", .. more]);

    /// <summary>Answers as a server does that is well.</summary>
    public void Answer(uint id) => Send(Head(id), Message(id), Status(id));
}
