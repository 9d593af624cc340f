using System.Net;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One upstream connection and the time it has to come about. Tells its <see cref="EndpointConnections"/> of itself, which then need
/// not look for it among thousands.
/// </summary>
internal sealed class PooledConnection : IConnectionHandler, ITimerTarget
{
    /// <summary>
    /// How many times its time a peer that is there, and silent, is waited for: one under load answers late, and one that
    /// speaks no HTTP/2 never.
    /// </summary>
    private const int MostTurns = 5;

    private readonly EndpointConnections _owner;
    private readonly LoopTimer _timeout;
    private readonly long _ticks;
    private int _turns;

    /// <summary>Begins to connect.</summary>
    /// <param name="loop">Those of its loop.</param>
    /// <param name="endpoint">Whose it is.</param>
    /// <param name="protocol">What it speaks.</param>
    /// <param name="owner">Told what becomes of it.</param>
    /// <param name="address">Where it leads.</param>
    /// <param name="ticks">For the connection and the peer's settings: until they are in, nobody knows that it is HTTP/2.</param>
    public PooledConnection(LoopConnections loop, Endpoint endpoint, Protocol protocol, EndpointConnections owner, EndPoint address, long ticks)
    {
        Address = address;
        _owner = owner;
        _ticks = ticks;
        _timeout = new LoopTimer(this);
        Identity = endpoint.Identity;
        Connection = loop.Connect(endpoint, protocol, address, this);
    }

    public MessageConnection Connection { get; }

    public EndPoint Address { get; }

    /// <summary>Who was to be there when it was begun; null if it was begun in clear.</summary>
    public SpiffeId? Identity { get; }

    /// <summary>The owner knows that it has come about.</summary>
    public bool IsProven { get; set; }

    /// <summary>Another has come about before it.</summary>
    public bool IsSlower { get; set; }

    /// <summary>It is among those that are known to be free.</summary>
    public bool IsKnownFree { get; set; }

    public void StartTimeout() => Connection.Loop.Timers.Schedule(_timeout, Connection.Loop.Now + _ticks);

    public void Stop() => _timeout.Cancel();

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream) => stream.Reset(ErrorCode.ProtocolError);

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection) => _owner.OnCapacityChanged(this);

    void IConnectionHandler.OnClosed(MessageConnection connection) => _owner.OnClosed(this);

    public void OnTimer(int kind)
    {
        if (Connection.IsReady || Connection.IsDead)
        {
            return;
        }

        if (!Connection.IsConnected)
        {
            Connection.Abort(ErrorCode.ConnectError, $"no connection within timeouts.connect of {new ShortTime(_ticks)}");
        }
        else if (++_turns == MostTurns)
        {
            Connection.Abort(ErrorCode.ConnectError, "it takes connections, but says nothing on them");
        }
        else
        {
            StartTimeout();
            _owner.OnSilence();
        }
    }
}
