using Mesh.Policy;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>
/// Calls that come whether others have ended or not, at random times (a Poisson process), from callers in turn; and how they ended.
/// </summary>
internal sealed class Load(World world, IReadOnlyList<SimulatedCaller> callers, string service, int perSecond)
{
    private readonly long _began = world.Now;
    private Rng _random = new(world.Random.NextUInt64());
    private int _next;

    /// <summary>Calls that have ended, with when they began since the load did, in ticks.</summary>
    public List<(long Began, CallEnd End)> Ended { get; } = [];

    public int Begun => _next;

    /// <summary>How long so many percent of the good answers took at most, in ms.</summary>
    public double Percentile(double percent)
    {
        var latencies = Ended.Where(call => call.End.IsGood).Select(call => call.End.Ticks).Order().ToArray();
        return latencies[Math.Min(latencies.Length - 1, (int)(latencies.Length * percent / 100))] / (double)TimeSpan.TicksPerMillisecond;
    }

    /// <summary>Calls for so long, and waits for the answers.</summary>
    /// <param name="span">Until the last call.</param>
    /// <param name="head">Further header lines of each.</param>
    public void Run(TimeSpan span, Func<(string, string)[]>? head = null)
    {
        var end = world.Now + span.Ticks;
        ScheduleNext(end, head ?? (static () => []));
        world.Run(span);
        for (var i = 0; i < 100 && Ended.Count < Begun; i++)
        {
            world.Run(TimeSpan.FromSeconds(1));
        }
    }

    private void ScheduleNext(long end, Func<(string, string)[]> head)
    {
        var wait = (long)(-Math.Log(1 - _random.NextDouble()) * TimeSpan.TicksPerSecond / perSecond);
        if (world.Now + wait >= end)
        {
            return;
        }

        world.After(wait, () =>
        {
            var began = world.Now - _began;
            callers[_next++ % callers.Count].Call(service, ended => Ended.Add((began, ended)), head());
            ScheduleNext(end, head);
        });
    }
}
