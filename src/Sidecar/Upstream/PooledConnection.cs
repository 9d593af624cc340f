using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Timers;

namespace Mesh.Sidecar.Upstream;

/// <summary>One upstream connection and the time it has to come about.</summary>
internal sealed class PooledConnection : ITimerTarget
{
    private readonly LoopTimer _timeout;

    public PooledConnection(Http2Connection connection)
    {
        Connection = connection;
        _timeout = new LoopTimer(this);
    }

    public Http2Connection Connection { get; }

    public void StartTimeout(long ticks) => Connection.Loop.Timers.Schedule(_timeout, Connection.Loop.Now + ticks);

    public void Stop() => _timeout.Cancel();

    public void OnTimer(int kind)
    {
        // Connected but silent counts as well: until its settings are in, nobody knows that it is HTTP/2.
        if (!Connection.IsReady)
        {
            Connection.Abort(ErrorCode.ConnectError, "no connection in time");
        }
    }
}
