using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// One connection's budgets for frames that cost us work and lead nowhere. An honest peer stays far below them; useful
/// work refills those that grow with it.
/// </summary>
internal sealed class FloodGuard(long now)
{
    public FloodBudget Reset { get; } = new(ProtocolViolation.RapidReset, burst: 1000, perSecond: 200, now);

    public FloodBudget ProvokedReset { get; } = new(ProtocolViolation.ProvokedReset, burst: 1000, perSecond: 100, now);

    public FloodBudget Settings { get; } = new(ProtocolViolation.SettingsFlood, burst: 100, perSecond: 10, now);

    public FloodBudget Ping { get; } = new(ProtocolViolation.PingFlood, burst: 1000, perSecond: 100, now);

    public FloodBudget EmptyFrame { get; } = new(ProtocolViolation.EmptyFrameFlood, burst: 1000, perSecond: 100, now);

    public FloodBudget Priority { get; } = new(ProtocolViolation.PriorityFlood, burst: 10_000, perSecond: 100, now);

    /// <summary>Some peers announce every message; each DATA frame we send gives them two.</summary>
    public FloodBudget WindowUpdate { get; } = new(ProtocolViolation.WindowUpdateFlood, burst: 10_000, perSecond: 1000, now);

    public FloodBudget Interim { get; } = FloodBudget.OfInterim(now);

    /// <summary>
    /// What leads nowhere but may honestly come: what was in flight when we gave up its stream, and extensions we do not
    /// know, of which some browsers send one a request.
    /// </summary>
    public FloodBudget StrayFrame { get; } = new(ProtocolViolation.StrayFrameFlood, burst: 10_000, perSecond: 1000, now);

    /// <summary>A stream ran to its end: the peer does not only open and reset.</summary>
    public void OnStreamCompleted() => Reset.Give(1);

    /// <summary>We have given up a stream: a head, its trailers and their like may be on their way.</summary>
    public void OnStreamGivenUp() => StrayFrame.Give(4);

    /// <summary>
    /// A DATA frame went out, for which credit may come back, and a PING by which its receiver measures the path: gRPC's
    /// clients send one for each round trip while data flows.
    /// </summary>
    public void OnDataSent()
    {
        WindowUpdate.Give(2);
        Ping.Give(1);
    }
}

/// <summary>A token bucket (burst, refill a second).</summary>
internal sealed class FloodBudget
{
    private readonly int _burst;
    private readonly int _perSecond;
    private int _left;
    private long _refilled;

    public FloodBudget(ProtocolViolation violation, int burst, int perSecond, long now)
    {
        Violation = violation;
        _burst = _left = burst;
        _perSecond = perSecond;
        _refilled = now;
    }

    public ProtocolViolation Violation { get; }

    /// <summary>Of 1xx responses, in either protocol.</summary>
    public static FloodBudget OfInterim(long now) => new(ProtocolViolation.InterimFlood, burst: 1000, perSecond: 100, now);

    /// <param name="now">The loop's time, in ticks of 100 ns.</param>
    public bool TryTake(long now)
    {
        if (_left == 0)
        {
            Refill(now);
        }

        if (_left == 0)
        {
            return false;
        }

        _left--;
        return true;
    }

    public void Give(int tokens) => _left = Math.Min(_burst, _left + tokens);

    /// <summary>Only when it is empty: the budget is then as large as the time since the last refill allows.</summary>
    private void Refill(long now)
    {
        // An hour fills any of them; more would overflow.
        var earned = Math.Min(now - _refilled, TimeSpan.TicksPerHour) * _perSecond / TimeSpan.TicksPerSecond;
        if (earned > 0)
        {
            _left = (int)Math.Min(_burst, earned);
            _refilled = now;
        }
    }
}
