
using Mesh.Sidecar.Discovery.Services;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// How the connection to the control plane stands: what operators read and the log says of it, and what callers are told once it
/// has been away for as long as a call waits. The stream's reader and its writer both report; any thread.
/// </summary>
internal sealed class Standing
{
    private readonly ServiceDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Lock _gate = new();

    /// <summary>Of its own, since a snapshot is made under it.</summary>
    private readonly Lock _reachGate = new();

    private readonly ITimer _reach;
    private volatile ControlPlaneState _state;
    private volatile bool _isOutOfReach;

    /// <param name="url">The control plane that is tried first.</param>
    /// <param name="directory">Told when the control plane is out of reach, and when it is back.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    public Standing(Uri url, ServiceDirectory directory, TimeProvider time, Log log)
    {
        _directory = directory;
        _time = time;
        _log = log;
        _state = new ControlPlaneState(false, time.GetUtcNow(), url, null, null);
        _reach = time.CreateTimer(_ => OnOutOfReach(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ControlPlaneState State => _state;

    /// <summary>From now on a connection is missed.</summary>
    public void Begin() => _reach.Change(ServiceDirectory.Patience, Timeout.InfiniteTimeSpan);

    /// <summary>No longer.</summary>
    public void End() => _reach.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>It has spoken.</summary>
    public void OnConnected(Uri url)
    {
        End();
        lock (_reachGate)
        {
            Change(state => state with { IsConnected = true, Since = _time.GetUtcNow(), Url = url });
            _isOutOfReach = false;
            _directory.SetOutOfReach(null);
        }

        _log.Info($"connected to the control plane at {ControlPlaneChannels.Shown(url)}");
    }

    public void OnHeard() => Change(state => state with { LastHeard = _time.GetUtcNow() });

    /// <summary>The stream has ended, or did not come about.</summary>
    public void OnLost(Uri url, StreamEnd end)
    {
        var before = _state;
        if (before.IsConnected)
        {
            Begin();
        }

        Change(state => state with
        {
            IsConnected = false,
            Since = state.IsConnected ? _time.GetUtcNow() : state.Since,
            Url = url,
            LastError = end.Reason,
        });
        if (_isOutOfReach)
        {
            OnOutOfReach(); // callers are told the newest reason
        }

        // Last: who reads it finds that it is so.
        var at = ControlPlaneChannels.Shown(url);
        if (end.IsMove)
        {
            _log.Info($"leaves the control plane at {at}: {end.Reason}");
        }
        else if (before.IsConnected)
        {
            _log.Warn($"lost the control plane at {at}: {end.Reason}; calls go on by what is known");
        }
        else if (!end.IsTold && (before.Url != url || before.LastError != end.Reason))
        {
            _log.Warn(end.SaysWhere ? $"{end.Reason}; trying on" : $"cannot reach the control plane at {at}: {end.Reason}; trying on");
        }
    }

    /// <summary>It has been away for as long as a call waits: those for what is not known need not wait any more.</summary>
    private void OnOutOfReach()
    {
        lock (_reachGate)
        {
            // The timer may have run out at the moment of the first word.
            var state = _state;
            if (state.IsConnected)
            {
                return;
            }

            _isOutOfReach = true;
            var why = state.LastError ?? $"no answer from {ControlPlaneChannels.Shown(state.Url)} yet";
            _directory.SetOutOfReach(state.LastHeard is null
                ? $"the control plane was never reached ({why})"
                : $"the control plane is out of reach ({why})");
        }
    }

    private void Change(Func<ControlPlaneState, ControlPlaneState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
        }
    }
}
