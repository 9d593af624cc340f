using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;

namespace Mesh.Policy.Tests.Hedging;

/// <summary>Hedges at a percentile of the route's answers, in virtual time: how many there are, and what they are for.</summary>
public class PercentileTests
{
    [Theory]
    [InlineData(95, 0.03, 0.08)]
    [InlineData(90, 0.07, 0.14)]
    [InlineData(99, 0.005, 0.025)]
    public void As_many_calls_are_hedged_as_are_slower_than_it_whatever_the_times_are(double percentile, double fewest, double most)
    {
        foreach (var median in (double[])[0.2, 10, 2000])
        {
            var world = new World(percentile);
            world.Run(2000, median);
            var (hedged, _) = world.Run(20_000, median);
            Assert.InRange(hedged, fewest, most);
        }
    }

    [Fact]
    public void When_all_answers_become_slower_or_faster_it_follows_and_hedges_no_more_than_before()
    {
        var world = new World(95);
        world.Run(5000, medianMs: 10);
        foreach (var median in (double[])[50, 5, 20])
        {
            world.Run(1000, median); // some hundreds of answers
            Assert.InRange(world.Run(10_000, median).Hedged, 0.03, 0.09);
        }
    }

    [Fact]
    public void One_call_in_a_hundred_that_stands_still_ends_soon_after_the_95th_percentile()
    {
        var world = new World(95) { StandsStill = 0.01 };
        world.Run(2000, medianMs: 10);
        var (hedged, slowest) = world.Run(20_000, medianMs: 10);
        Assert.InRange(hedged, 0.03, 0.08);
        // p99.9: a delay of some 20 ms, and an answer; without hedges it is the second for which the call stands still.
        Assert.InRange(slowest, Time.Millis(15), Time.Millis(80));
    }

    /// <summary>Calls whose first attempt takes a time by chance, and whose second another one.</summary>
    private sealed class World(double percentile)
    {
        private readonly Policy.Hedging.Hedging _hedging = new(new HedgingOptions
        {
            Delay = TimeSpan.FromTicks(1),
            Percentile = percentile,
            Methods = MethodSet.All,
        });

        private readonly Random _random = new(1);

        public double StandsStill { get; init; }

        /// <returns>The share of calls that were hedged, and how long all but one in a thousand took at most.</returns>
        public (double Hedged, long Slowest) Run(int calls, double medianMs)
        {
            var hedged = 0;
            var times = new List<long>();
            for (var i = 0; i < calls; i++)
            {
                var (first, delay) = (Sample(medianMs), _hedging.Delay);
                if (first > delay)
                {
                    hedged++;
                    first = Math.Min(first, delay + Sample(medianMs));
                }

                times.Add(first);
                _hedging.OnAnswered(first);
            }

            times.Sort();
            return (hedged / (double)calls, times[^Math.Max(1, calls / 1000)]);
        }

        // Log-normal: one in a hundred takes twice the median.
        private long Sample(double medianMs) => _random.NextDouble() < StandsStill
            ? Time.Seconds(1)
            : Time.Millis(medianMs * Math.Exp(0.3 * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble())));
    }
}
