using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.Guarding;

/// <summary>A token bucket (burst, refill a second). A field where it stands: nine objects would be most of an idle connection.</summary>
internal struct FloodBudget
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

    public readonly ProtocolViolation Violation { get; }

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
