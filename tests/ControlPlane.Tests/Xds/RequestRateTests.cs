using Mesh.ControlPlane.Xds.Serving;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Xds;

public sealed class RequestRateTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_client_that_opens_5000_channels_in_a_row_does_not_wait()
    {
        var rate = new RequestRate(_time);
        Assert.All(Enumerable.Range(1, 5000), names => Assert.Equal(TimeSpan.Zero, rate.Take(names)));
    }

    [Fact]
    public void A_client_that_never_stops_asking_waits_and_goes_on_after_that()
    {
        var rate = new RequestRate(_time);
        var asked = 0;
        while (rate.Take(0) == TimeSpan.Zero && asked < 100_000)
        {
            asked++;
        }

        Assert.InRange(asked, 19_000, 21_000);
        Assert.True(rate.Take(0) > TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, rate.Take(0));
    }
}
