using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Upstream;

/// <summary>How long those wait who need a host name's address, which is being looked up. Only the loop's thread may call it.</summary>
/// <param name="loop">Whose timers it uses.</param>
/// <param name="onExpired">The time is up.</param>
internal sealed class LookUpWait(EventLoop loop, Action onExpired) : ITimerTarget
{
    private LoopTimer? _timer;

    /// <summary>From now, unless it runs already.</summary>
    /// <param name="ticks">How long.</param>
    public void Start(long ticks)
    {
        _timer ??= new LoopTimer(this);
        if (!_timer.IsScheduled)
        {
            loop.Timers.Schedule(_timer, loop.Now + ticks);
        }
    }

    /// <summary>There is an answer, or nobody to wait for one.</summary>
    public void Stop() => _timer?.Cancel();

    public void OnTimer(int kind) => onExpired();
}
