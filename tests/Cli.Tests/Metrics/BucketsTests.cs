using Mesh.Cli.Metrics;

namespace Mesh.Cli.Tests.Metrics;

public sealed class BucketsTests
{
    [Fact]
    public void A_percentile_is_interpolated_within_its_bucket()
    {
        var buckets = Of((0.1, 50), (0.2, 100), (double.PositiveInfinity, 100));
        Assert.Equal(0.1, buckets.Percentile(0.5), 6);
        Assert.Equal(0.15, buckets.Percentile(0.75), 6);
        Assert.Equal(0.198, buckets.Percentile(0.99), 6);
    }

    [Fact]
    public void Empty_buckets_below_do_not_count() =>
        Assert.Equal(0.25, Of((0.1, 0), (0.2, 0), (0.3, 10), (double.PositiveInfinity, 10)).Percentile(0.5), 6);

    [Fact]
    public void A_percentile_above_the_last_bound_is_that_bound() =>
        Assert.Equal(0.2, Of((0.2, 1), (double.PositiveInfinity, 100)).Percentile(0.99), 6);

    [Fact]
    public void There_is_no_percentile_of_nothing() =>
        Assert.Equal(double.NaN, Of((0.1, 0), (double.PositiveInfinity, 0)).Percentile(0.5));

    [Fact]
    public void Only_what_came_since_an_earlier_reading_counts()
    {
        var since = Of((0.1, 100), (0.2, 110), (double.PositiveInfinity, 110)).Since(Of((0.1, 100), (0.2, 100), (double.PositiveInfinity, 100)));
        Assert.Equal(10, since.Count);
        Assert.Equal(0.15, since.Percentile(0.5), 6);
    }

    [Fact]
    public void After_a_restart_all_counts() =>
        Assert.Equal(3, Of((0.1, 3), (double.PositiveInfinity, 3)).Since(Of((0.1, 100), (double.PositiveInfinity, 100))).Count);

    [Fact]
    public void Series_add_up() =>
        Assert.Equal(7, Of((0.1, 3), (double.PositiveInfinity, 3)).And(Of((0.1, 1), (double.PositiveInfinity, 4))).Count);

    private static Buckets Of(params (double Bound, double Count)[] cumulative)
    {
        var buckets = new Buckets();
        foreach (var (bound, count) in cumulative)
        {
            buckets.Add(bound, count);
        }

        return buckets;
    }
}
