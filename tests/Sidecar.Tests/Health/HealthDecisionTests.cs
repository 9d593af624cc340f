using Mesh.Sidecar.Health;

namespace Mesh.Sidecar.Tests.Health;

public sealed class HealthDecisionTests
{
    private readonly HealthDecision _decision = new(healthyThreshold: 1, unhealthyThreshold: 3, TimeSpan.FromSeconds(5));

    [Fact]
    public void The_first_success_makes_it_healthy()
    {
        Assert.False(_decision.Record(false));
        Assert.True(_decision.Record(true));
        Assert.Equal(AppStatus.Healthy, _decision.Status);
    }

    [Fact]
    public void Only_the_third_failure_in_a_row_makes_it_unhealthy()
    {
        _decision.Record(true);
        Assert.False(_decision.Record(false));
        Assert.False(_decision.Record(false));
        Assert.False(_decision.Record(true));
        Assert.False(_decision.Record(false));
        Assert.False(_decision.Record(false));
        Assert.True(_decision.Record(false));
        Assert.Equal(AppStatus.Unhealthy, _decision.Status);
        Assert.True(_decision.Record(true));
        Assert.Equal(AppStatus.Healthy, _decision.Status);
    }

    [Fact]
    public void One_that_never_passed_is_starting_however_often_it_fails()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.False(_decision.Record(false));
        }

        Assert.Equal(AppStatus.Starting, _decision.Status);
    }

    [Fact]
    public void A_higher_threshold_takes_as_many_successes_in_a_row()
    {
        var decision = new HealthDecision(healthyThreshold: 2, unhealthyThreshold: 1, TimeSpan.FromSeconds(5));
        Assert.False(decision.Record(true));
        Assert.False(decision.Record(false));
        Assert.False(decision.Record(true));
        Assert.True(decision.Record(true));
    }

    [Fact]
    public void It_looks_often_until_the_first_success_and_then_at_the_interval_with_a_tenth_of_jitter()
    {
        var pauses = Enumerable.Range(0, 5).Select(_ => _decision.NextPause(0.5).TotalMilliseconds);
        Assert.Equal([100, 200, 400, 500, 500], pauses);
        _decision.Record(true);
        Assert.Equal(4.5, _decision.NextPause(0).TotalSeconds, 3);
        Assert.Equal(5.0, _decision.NextPause(0.5).TotalSeconds, 3);
        Assert.Equal(5.5, _decision.NextPause(1).TotalSeconds, 3);
    }

    [Fact]
    public void A_short_interval_bounds_the_first_pauses_too()
    {
        var decision = new HealthDecision(1, 3, TimeSpan.FromMilliseconds(150));
        Assert.Equal([100, 150, 150], Enumerable.Range(0, 3).Select(_ => decision.NextPause(0).TotalMilliseconds));
    }
}
