using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_grow_under_a_limit_that_doubles_from_100_ms_to_5_s()
    {
        var backoff = new Backoff(new Almost(1));
        var pauses = Enumerable.Range(0, 8).Select(_ => Math.Round(backoff.Next().TotalMilliseconds)).ToArray();
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], pauses);
    }

    [Fact]
    public void Chance_may_make_any_pause_nothing()
    {
        var backoff = new Backoff(new Almost(0));
        Assert.All(Enumerable.Range(0, 8), _ => Assert.Equal(TimeSpan.Zero, backoff.Next()));
    }

    [Fact]
    public void After_a_success_it_begins_anew()
    {
        var backoff = new Backoff(new Almost(1));
        backoff.Lengthen();
        Assert.Equal(5000, Math.Round(backoff.Next().TotalMilliseconds));
        backoff.Reset();
        Assert.Equal(100, Math.Round(backoff.Next().TotalMilliseconds));
    }

    private sealed class Almost(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
