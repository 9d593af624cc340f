using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// Does what a connection's <see cref="ConnectionTimes"/> say is due. Owned by its connection.
/// </summary>
internal sealed class ConnectionWatch(Http2Connection connection) : ITimerTarget
{
    void ITimerTarget.OnTimer(int kind)
    {
        var times = connection.State.Times;
        var now = connection.Now;
        switch (times.OnTimer(now, connection.UnfinishedSince))
        {
            case Due.Handshake:
                connection.OnSlowHandshake();
                break;
            case Due.Frame:
                connection.OnSlowFrame();
                break;
            case Due.GoAwayStep:
                connection.State.Departure.OnStepDue();
                break;
            case Due.Stalls:
                LookForStalls(times, now);
                break;
            case Due.Idle:
                connection.GoAway();
                break;
            case Due.KeepAlive:
                KeepAlive(times, now);
                break;
            case Due.Linger:
                connection.OnLingerOver();
                return;
        }

        times.ArmNext(connection.UnfinishedSince);
    }

    private void LookForStalls(ConnectionTimes times, long now)
    {
        var since = times.OnStallsLookedAt(now);
        var stalls = connection.Sender.Stalls;
        if (!connection.IsDead)
        {
            var oldest = stalls.End(since);
            if (!connection.IsDead)
            {
                times.OnStallsLeft(oldest);
            }
        }
        else if (stalls.UnreadSince > since)
        {
            times.OnStallsLeft(stalls.UnreadSince);
        }
        else
        {
            connection.OnLingerOver();
        }
    }

    private void KeepAlive(ConnectionTimes times, long now)
    {
        if (!connection.IsClient && connection.Sender.Stalls.IsUnread)
        {
            // It would not see the PING before it has read what stands before it, for which it has StallTimeout.
            times.OnProbePutOff(now);
        }
        else if (times.IsProbed)
        {
            connection.OnSilentPeer();
        }
        else
        {
            times.OnProbe(now);
            if (times.MayPing(now) || !connection.State.Windows.TryProbe())
            {
                times.OnPing(now);
                connection.SendKeepAlive();
            }
        }
    }
}
