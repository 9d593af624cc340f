using System.Net;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Timers;

namespace Mesh.Sidecar.Upstream;

/// <summary>One upstream connection and the time it has to come about.</summary>
internal sealed class PooledConnection : ITimerTarget
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

    /// <param name="connection">Just begun.</param>
    /// <param name="owner">Told of a peer that stays silent.</param>
    /// <param name="address">Where it leads.</param>
    /// <param name="ticks">For the connection and the peer's settings: until they are in, nobody knows that it is HTTP/2.</param>
    public PooledConnection(MessageConnection connection, EndpointConnections owner, IPEndPoint address, long ticks)
    {
        Connection = connection;
        Address = address;
        _owner = owner;
        _ticks = ticks;
        _timeout = new LoopTimer(this);
    }

    public MessageConnection Connection { get; }

    public IPEndPoint Address { get; }

    /// <summary>The owner knows that it has come about.</summary>
    public bool IsProven { get; set; }

    /// <summary>Another has come about before it.</summary>
    public bool IsSlower { get; set; }

    public void StartTimeout() => Connection.Loop.Timers.Schedule(_timeout, Connection.Loop.Now + _ticks);

    public void Stop() => _timeout.Cancel();

    public void OnTimer(int kind)
    {
        if (Connection.IsReady || Connection.IsDead)
        {
            return;
        }

        if (!Connection.IsConnected)
        {
            Connection.Abort(ErrorCode.ConnectError, $"no connection within timeouts.connect of {new Telemetry.ShortTime(_ticks)}");
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
