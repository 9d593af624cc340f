using Mesh.Policy.Ejecting;

namespace Mesh.Policy.Tests.Ejecting;

/// <summary>Who does worse than it should, as gRFC A50 has it.</summary>
public sealed class OutlierDecisionTests
{
    private static readonly EjectionOptions BySuccess = new() { SuccessRate = new SuccessRateOptions() };
    private static readonly EjectionOptions ByFailures = new() { FailurePercentage = new FailurePercentageOptions(Threshold: 20, RequestVolume: 50) };

    [Fact]
    public void One_far_below_the_others_is_found_and_by_how_much_is_said()
    {
        var found = Assert.Single(OutlierDecision.Find(Counts(99, 98, 60, 100, 97), BySuccess));
        Assert.Equal(2, found.Index);
        Assert.Equal(100, found.Calls);
        Assert.Equal(60, found.Successes);

        // The mean is 90.8, the standard deviation 15.43.
        Assert.Equal(61.48, found.Least, 0.01);
    }

    [Fact]
    public void Where_all_are_alike_nobody_is_one_however_bad_they_are()
    {
        Assert.Empty(OutlierDecision.Find(Counts(10, 10, 10, 10, 10), BySuccess));
        Assert.Empty(OutlierDecision.Find(Counts(100, 100, 100, 100, 100), BySuccess));
    }

    [Fact]
    public void Too_few_endpoints_or_calls_say_nothing()
    {
        Assert.Empty(OutlierDecision.Find(Counts(99, 99, 0, 99), BySuccess));
        Assert.Empty(OutlierDecision.Find([.. Counts(99, 99, 99, 99), new IntervalCounts(0, 99)], BySuccess));
        Assert.Empty(OutlierDecision.Find(Counts(99, 99, 0, 99), ByFailures));
        Assert.Empty(OutlierDecision.Find([.. Counts(99, 99, 99, 99), new IntervalCounts(0, 49)], ByFailures));
    }

    [Fact]
    public void By_itself_an_endpoint_is_judged_whatever_the_others_do_and_the_worst_comes_first()
    {
        Assert.Equal([3, 0, 4], OutlierDecision.Find(Counts(70, 80, 81, 10, 79), ByFailures).Select(outlier => outlier.Index));
        Assert.All(OutlierDecision.Find(Counts(0, 0, 0, 0, 0), ByFailures), outlier => Assert.Equal(80, outlier.Least));
    }

    [Fact]
    public void Whom_both_find_is_found_once()
    {
        var both = BySuccess with { FailurePercentage = ByFailures.FailurePercentage };
        Assert.Equal([2], OutlierDecision.Find(Counts(99, 98, 60, 100, 97), both).Select(outlier => outlier.Index));
    }

    /// <summary>Property: whoever is found is worse than everybody who is not, of those with enough calls.</summary>
    [Fact]
    public void Nobody_is_found_who_is_better_than_one_that_is_not()
    {
        var rng = new Rng(11);
        for (var round = 0; round < 2000; round++)
        {
            var counts = new IntervalCounts[2 + rng.NextInt(20)];
            for (var i = 0; i < counts.Length; i++)
            {
                var calls = rng.NextInt(300);
                counts[i] = new IntervalCounts(calls == 0 ? 0 : rng.NextInt(calls + 1), 0);
                counts[i] = counts[i] with { Failures = calls - counts[i].Successes };
            }

            var found = OutlierDecision.Find(counts, BySuccess);
            var worst = found.Count == 0 ? 0 : found.Max(outlier => outlier.Successes);
            for (var i = 0; i < counts.Length; i++)
            {
                if (counts[i].Calls >= 100 && !found.Exists(outlier => outlier.Index == i))
                {
                    Assert.True(100.0 * counts[i].Successes / counts[i].Calls >= worst);
                }
            }

            Assert.All(found, outlier => Assert.True(counts[outlier.Index].Calls >= 100));
        }
    }

    private static IntervalCounts[] Counts(params int[] successesOfHundred) => Array.ConvertAll(successesOfHundred, n => new IntervalCounts(n, 100 - n));
}
