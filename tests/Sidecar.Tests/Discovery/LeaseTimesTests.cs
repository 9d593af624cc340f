using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>What is derived from a lease fits together, however long it is.</summary>
public sealed class LeaseTimesTests
{
    public static TheoryData<double> Ttls => [0.1, 1, 3, 10, 60, 3600];

    [Theory]
    [MemberData(nameof(Ttls))]
    public void An_instance_whose_sidecar_notices_last_that_a_control_plane_is_gone_is_waited_for(double seconds)
    {
        var times = new LeaseTimes(TimeSpan.FromSeconds(seconds));
        // It has noticed, has waited its longest pause, and has registered elsewhere; then its lease may still run out.
        Assert.True(times.ConfirmTime >= times.DetectionTime + Backoff.Longest + times.Ttl, $"{times.ConfirmTime}");
        Assert.True(times.DetectionTime >= times.PingDelay + times.PingTimeout);
    }

    [Theory]
    [MemberData(nameof(Ttls))]
    public void There_are_three_heartbeats_in_a_lease_and_a_silent_way_is_left_before_it_is_over(double seconds)
    {
        var times = new LeaseTimes(TimeSpan.FromSeconds(seconds));
        Assert.InRange(times.Heartbeat * 3, times.Ttl * 0.99, times.Ttl);
        Assert.InRange(times.AnswerLimit, TimeSpan.Zero, times.Ttl);
        Assert.InRange(times.AnswerLimitAfter(times.Ttl * 10), times.AnswerLimit, times.Ttl);
        if (seconds >= 3)
        {
            Assert.True(times.Heartbeat + times.AnswerLimit < times.Ttl);
        }
    }
}
