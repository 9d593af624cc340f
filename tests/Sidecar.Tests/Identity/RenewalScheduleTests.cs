using Mesh.Sidecar.Identity;

namespace Mesh.Sidecar.Tests.Identity;

/// <summary>When certificates are renewed, as a decision on time and chance.</summary>
public sealed class RenewalScheduleTests
{
    private static readonly DateTimeOffset Issued = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NotAfter = Issued.AddHours(24);

    [Theory]
    [InlineData(0, 12)]
    [InlineData(0.5, 13.2)]
    [InlineData(1, 14.4)]
    public void A_certificate_is_renewed_at_half_its_life_or_a_little_later(double chance, double hours) =>
        Assert.Equal(Issued.AddHours(hours), RenewalSchedule.Due(Issued, NotAfter, chance), TimeSpan.FromMilliseconds(1));

    [Fact]
    public void Of_many_that_were_issued_together_no_minute_has_more_than_its_share()
    {
        var due = Enumerable.Range(0, 10_000).Select(i => RenewalSchedule.Due(Issued, NotAfter, i / 10_000.0));
        Assert.True(due.GroupBy(time => (long)(time - Issued).TotalMinutes).Max(minute => minute.Count()) <= 80);
    }

    [Fact]
    public void What_moves_to_another_anchor_is_spread_over_half_a_minute_or_a_twentieth_of_its_life()
    {
        Assert.Equal(Issued.AddSeconds(30), RenewalSchedule.AfterMove(Issued, Issued, NotAfter, chance: 1));
        Assert.Equal(Issued.AddSeconds(0.5), RenewalSchedule.AfterMove(Issued, Issued, Issued.AddSeconds(10), chance: 1));
    }

    [Theory]
    [InlineData(36_000, 300, 900)]
    [InlineData(600, 30, 90)]
    [InlineData(3, 0.5, 1.5)]
    [InlineData(-100, 0.5, 1.5)]
    public void Who_could_not_renew_tries_again_within_a_tenth_of_what_is_left_and_not_with_all_others(double left, double soonest, double latest)
    {
        Assert.Equal(soonest, RenewalSchedule.Retry(TimeSpan.FromSeconds(left), 0).TotalSeconds, tolerance: 0.001);
        Assert.Equal(latest, RenewalSchedule.Retry(TimeSpan.FromSeconds(left), 1).TotalSeconds, tolerance: 0.001);
    }

    [Fact]
    public void With_the_control_plane_away_for_half_a_life_there_are_many_attempts_left()
    {
        var now = RenewalSchedule.Due(Issued, NotAfter, chance: 1);
        var attempts = 0;
        for (; now < NotAfter; attempts++)
        {
            now += RenewalSchedule.Retry(NotAfter - now, chance: 1);
        }

        Assert.True(attempts > 30, $"{attempts}");
    }
}
