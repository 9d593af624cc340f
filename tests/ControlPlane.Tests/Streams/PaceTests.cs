using Mesh.ControlPlane.Streams;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Streams;

public sealed class PaceTests
{
    private static readonly int Burst = (int)(Pace.Credit / Pace.PerResponse);

    private readonly FakeTimeProvider _time = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(_time);

    [Fact]
    public void A_change_for_everybody_and_the_next_one_go_out_at_once()
    {
        Send(Burst);
        Assert.Equal(Pace.Shortest, _pace.Interval);
    }

    [Fact]
    public void Who_goes_on_beyond_that_gathers_for_longer_and_never_for_longer_than_may_be()
    {
        Send(Burst + 500);
        Assert.Equal(Pace.Shortest + (500 * Pace.PerResponse), _pace.Interval);
        Send(1_000_000);
        Assert.Equal(Pace.Longest, _pace.Interval);
    }

    [Fact]
    public void What_is_sent_over_a_long_time_is_no_more_than_its_price_allows()
    {
        const int streams = 2000;
        var began = _time.GetTimestamp();
        var sent = 0;
        while (_time.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
        {
            Send(streams);
            sent += streams;
            _time.Advance(_pace.Interval);
        }

        var allowed = (TimeSpan.FromMinutes(1) + Pace.Credit) / Pace.PerResponse;
        Assert.InRange(sent, 0.8 * allowed, 1.1 * allowed);
    }

    [Fact]
    public void Soon_after_a_burst_all_is_as_before()
    {
        Send(1_000_000);
        _time.Advance(Pace.Longest);
        Assert.Equal(Pace.Shortest, _pace.Interval);
        _time.Advance(Pace.Credit);
        Send(Burst);
        Assert.Equal(Pace.Shortest, _pace.Interval);
    }

    private void Send(int responses)
    {
        for (var i = 0; i < responses; i++)
        {
            _pace.OnSent();
        }
    }
}
