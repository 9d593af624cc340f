using Mesh.Policy.Hedging;

namespace Mesh.Policy.Tests.Hedging;

public class QuantileEstimateTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    public void It_comes_near_the_quantile_of_what_it_sees_and_follows_it(double quantile)
    {
        var estimate = new QuantileEstimate(quantile);
        var random = new Random(1);
        foreach (var scale in (double[])[1, 100, 10])
        {
            var seen = new List<double>();
            for (var i = 0; i < 50_000; i++)
            {
                // Exponential, as latencies of a queue are.
                var sample = -Math.Log(1 - random.NextDouble()) * scale * TimeSpan.TicksPerMillisecond;
                estimate.Observe((long)sample);
                seen.Add(sample);
            }

            seen.Sort();
            var right = seen[(int)(seen.Count * quantile)];
            Assert.InRange(estimate.Ticks, right * 0.75, right * 1.35);
        }
    }

    [Fact]
    public void It_says_nothing_of_what_it_knows_too_little_of_and_bears_any_number()
    {
        var estimate = new QuantileEstimate(0.95);
        for (var i = 0; i < 49; i++)
        {
            estimate.Observe(0);
            Assert.Equal(0, estimate.Ticks);
        }

        for (var i = 0; i < 100_000; i++)
        {
            estimate.Observe(long.MaxValue);
        }

        Assert.InRange(estimate.Ticks, 1, long.MaxValue);
        for (var i = 0; i < 100_000; i++)
        {
            estimate.Observe(-5);
        }

        Assert.InRange(estimate.Ticks, 0, 2);
    }

    [Fact]
    public void The_delay_is_what_was_said_until_answers_take_longer()
    {
        var hedging = new Policy.Hedging.Hedging(new HedgingOptions
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Percentile = 95,
            Methods = Policy.Retrying.MethodSet.All,
        });
        Assert.Equal(Time.Millis(20), hedging.Delay);
        for (var i = 0; i < 1000; i++)
        {
            hedging.OnAnswered(Time.Millis(1));
        }

        Assert.Equal(Time.Millis(20), hedging.Delay);
        for (var i = 0; i < 1000; i++)
        {
            hedging.OnAnswered(Time.Millis(100));
        }

        Assert.InRange(hedging.Delay, Time.Millis(70), Time.Millis(130));
        Assert.Equal([true, false], [hedging.MayHedge(1), hedging.MayHedge(2)]);
    }
}
