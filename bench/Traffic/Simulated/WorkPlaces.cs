namespace Mesh.Bench.Traffic.Simulated;

/// <summary>What a server works with: so many calls at once, others wait in line. It can stand still, with all that it has.</summary>
internal sealed class WorkPlaces(World world, int places = 32)
{
    private readonly Queue<(long Ticks, Action Done)> _line = new();
    private long _standsUntil;
    private int _busy;

    /// <summary>Works for so long as soon as there is a place.</summary>
    public void Do(long ticks, Action done)
    {
        if (_busy == places)
        {
            _line.Enqueue((ticks, done));
            return;
        }

        _busy++;
        world.After(Math.Max(_standsUntil - world.Now, 0) + ticks, () => End(done));
    }

    /// <summary>Nothing moves for so long, as in a pause of a garbage collector.</summary>
    public void StandStill(long ticks) => _standsUntil = world.Now + ticks;

    private void End(Action done)
    {
        if (_standsUntil > world.Now)
        {
            world.After(_standsUntil - world.Now, () => End(done));
            return;
        }

        done();
        _busy--;
        if (_line.TryDequeue(out var next))
        {
            Do(next.Ticks, next.Done);
        }
    }
}
