using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Routing;
using Mesh.Policy.Sharing;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>What a sidecar says that it needs of limits that it shares, and what it makes of what it is given.</summary>
public sealed class LimitDemandTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly ServiceDirectory _directory;
    private readonly LimitDemands _demands;

    public LimitDemandTests()
    {
        _time.Advance(TimeSpan.FromSeconds(100));
        _directory = new([], isWhole: false, _time);
        _demands = new LimitDemands(_directory, _time);
        _directory.SetEndpoints("orders", 1, isKnown: true, []);
    }

    [Fact]
    public void Without_a_limit_that_is_shared_or_a_control_plane_that_divides_it_nothing_is_said()
    {
        Limit(new RateLimitOptions { Requests = 100 });
        _demands.Begin(Interval.ToDuration());
        Assert.NotNull(_demands.TimeLeft); // it has not looked yet
        Assert.Null(_demands.Tell());
        Assert.Null(_demands.TimeLeft);
        Limit(Shared(100));
        _demands.Begin(null);
        Assert.Null(_demands.TimeLeft);
    }

    [Fact]
    public void A_limit_that_comes_is_spoken_of_at_once_and_one_that_goes_is_given_back()
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        Assert.Equal(TimeSpan.Zero, _demands.TimeLeft);
        var demand = Assert.Single(_demands.Tell()!.Limits);
        Assert.Equal((new SharedLimit { Kind = "policy", Name = "orders" }, 0.0, 0.0, 0u), (demand.Limit, demand.Wanted, demand.Held, demand.Sharers));
        Limit(new RateLimitOptions { Requests = 100 });
        Assert.True(Assert.Single(_demands.Tell()!.Limits).Ended);
        Assert.Null(_demands.TimeLeft);
    }

    [Fact]
    public void What_is_needed_is_said_when_it_has_changed()
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        Assert.Equal(0, Needed());
        Ask(50);
        Assert.Equal(2, Needed()!.Value, 0.01);
        Ask(50);
        Assert.Null(Needed());
        Ask(0);
        Assert.Equal(0, Needed());
    }

    [Fact]
    public void It_goes_by_its_part_and_by_one_of_as_many_as_there_are_when_that_is_over()
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        _demands.Tell();
        Assert.Equal(LimitShare.Alone, Limiter.Share);
        Give(0.25, 5);
        Assert.Equal(25, Ask(100));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(25, Ask(100));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(20, Ask(100));
        Assert.Equal((0.2, false), (Limiter.Share!.Part, Limiter.Share.IsGranted(_directory.Now)));
    }

    [Fact]
    public void To_the_next_control_plane_it_says_what_it_has()
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        _demands.Tell();
        Give(0.25, 5);
        _demands.Begin(Interval.ToDuration());
        var demand = Assert.Single(_demands.Tell()!.Limits);
        Assert.Equal((0.25, 5u), (demand.Held, demand.Sharers));
        _time.Advance(TimeSpan.FromMinutes(1));
        _demands.Begin(Interval.ToDuration());
        demand = Assert.Single(_demands.Tell()!.Limits);
        Assert.Equal((0.0, 5u), (demand.Held, demand.Sharers));
    }

    [Fact]
    public void A_limit_that_is_changed_keeps_its_part()
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        _demands.Tell();
        Give(0.25, 4);
        Limit(Shared(200));
        _demands.Tell();
        Assert.Equal(0.25, Limiter.Share!.Part);
        Assert.Equal(50, Ask(100));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(0)]
    public void What_is_no_part_is_not_minded(double part)
    {
        _demands.Begin(Interval.ToDuration());
        Limit(Shared(100));
        _demands.Tell();
        Give(0.5, 2);
        Give(part, 3);
        Assert.Equal(0.5, Limiter.Share!.Part);
        Give(double.PositiveInfinity, 0);
        Assert.Equal((1.0, 1), (Limiter.Share!.Part, Limiter.Share.Sharers));
    }

    private RateLimiter Limiter => Assert.Single(_directory.SharedLimits).Limiter;

    private static RateLimitOptions Shared(int requests) => new() { Requests = requests, IsShared = true };

    private void Limit(RateLimitOptions limit)
    {
        _directory.SetPolicy("orders", 1, ServicePolicyOptions.Default with { RateLimits = [limit] });
        _directory.Publish();
    }

    private double? Needed()
    {
        _time.Advance(Interval);
        return _demands.Tell()?.Limits.Single().Wanted;
    }

    private int Ask(int calls) => Enumerable.Range(0, calls).Count(_ => Limiter.Take(_directory.Now) == 0);

    private void Give(double part, uint sharers) => _demands.Apply(new Grants
    {
        Limits = { new LimitGrant { Limit = new SharedLimit { Kind = "policy", Name = "orders" }, Part = part, Sharers = sharers } },
        Valid = TimeSpan.FromSeconds(5).ToDuration(),
        Interval = Interval.ToDuration(),
    });
}
