using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>What sidecars are given of a limit that they share, by what they say that they need.</summary>
public sealed class SharedLimitTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(Make.Undamped);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Each_has_what_it_needs_and_the_one_that_wants_all_what_is_left()
    {
        await using var one = await ConnectAsync("web-1");
        await using var other = await ConnectAsync("web-2");
        await one.NeedAsync(5);
        await other.NeedAsync(0.2);
        await PartsAsync(() => one is { Part: > 0.75 and < 0.8, Sharers: 2 } && other is { Part: > 0.2 and < 0.21, Sharers: 2 }, one, other);
        await one.NeedAsync(0);
        await other.NeedAsync(5);
        await PartsAsync(() => other.Part > 0.9 && one.Part is > 0 and < 0.01, one, other);
    }

    [Fact]
    public async Task One_that_comes_is_answered_at_once_with_no_more_than_is_left()
    {
        await using var one = await ConnectAsync("web-1");
        await one.NeedAsync(1);
        await PartsAsync(() => one.Part > 0.9, one);
        await using var other = await ConnectAsync("web-2");
        await other.NeedAsync(1);
        await AnsweredAsync(other);
        Assert.True(one.Part + other.Part <= 1, $"{one.Part} and {other.Part}");
        await PartsAsync(() => Math.Abs(one.Part - other.Part) < 0.02, one, other);
    }

    [Fact]
    public async Task One_that_comes_back_keeps_what_it_has()
    {
        await using var one = await ConnectAsync("web-1");
        await one.NeedAsync(0.5, held: 0.25, told: 4);
        await AnsweredAsync(one);
        Assert.Equal(0.25, one.Part, 1e-9);
        // Three are not back yet, and may have theirs: until those would be over.
        await PartsAsync(() => one.Part > 0.9, one);
    }

    [Fact]
    public async Task What_one_had_that_is_gone_is_others_when_it_would_be_over_or_it_was_given_back()
    {
        await using var one = await ConnectAsync("web-1");
        await using var other = await ConnectAsync("web-2");
        await one.NeedAsync(5);
        await other.NeedAsync(5);
        await PartsAsync(() => one is { Part: > 0.4 and < 0.6 } && other is { Part: > 0.4 and < 0.6 }, one, other);
        await other.SayAsync(new LimitDemand { Limit = Of("orders"), Ended = true });
        await PartsAsync(() => one is { Part: > 0.9, Sharers: 1 }, one);
        await other.NeedAsync(5);
        await PartsAsync(() => one.Part < 0.6, one, other);
        await other.DisposeAsync();
        await PartsAsync(() => one is { Part: > 0.9, Sharers: 1 }, one);
    }

    [Fact]
    public async Task What_does_not_concern_a_sidecar_or_is_no_number_is_not_minded()
    {
        await using var one = await ConnectAsync("web-1");
        await one.SayAsync(
            new LimitDemand { Wanted = 1 },
            new LimitDemand { Limit = Of("payments"), Wanted = 1 },
            new LimitDemand { Limit = new SharedLimit { Kind = "inbound", Name = "orders" }, Wanted = 1 },
            new LimitDemand { Limit = new SharedLimit { Kind = "policy", Name = "orders", Route = new string('x', 129) }, Wanted = 1 });
        await one.NeedAsync(double.NaN, held: double.NegativeInfinity);
        await AnsweredAsync(one);
        Assert.Equal(["orders"], one.Named);
        await using var other = await ConnectAsync("web-2");
        await other.NeedAsync(double.PositiveInfinity);
        await PartsAsync(() => other.Part > 0.9 && one.Part > 0, one, other);
    }

    [Fact]
    public async Task Other_control_planes_are_told_who_shares_what()
    {
        await using var one = await ConnectAsync("web-1");
        await one.NeedAsync(0.5);
        await AnsweredAsync(one);
        var sharers = Assert.Single((await _plane.Discovery.ReadSharersAsync(new ReadSharersRequest())).Limits);
        Assert.Equal((Of("orders"), 0.5f, 0f), (sharers.Limit, Assert.Single(sharers.Wanted), Assert.Single(sharers.Kept)));
    }

    /// <summary>Moves the clock until the parts are as they are to be.</summary>
    private Task PartsAsync(Func<bool> isSo, params OneSidecar[] sidecars) => Bound.UntilAsync(
        () =>
        {
            _plane.Time.Advance(TimeSpan.FromMilliseconds(250));
            return isSo();
        },
        $"the parts are as they should be, and not {string.Join(", ", sidecars.Select(sidecar => $"{sidecar.Part} of {sidecar.Sharers}"))}");

    /// <summary>Before anything is divided anew: the clock moves no further than from one response to the next.</summary>
    private Task AnsweredAsync(OneSidecar sidecar) => Bound.UntilAsync(() =>
    {
        _plane.Time.Advance(TimeSpan.FromMilliseconds(1));
        return sidecar.Part > 0;
    });

    private async Task<OneSidecar> ConnectAsync(string id)
    {
        var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "web", InstanceId = id } });
        await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { "orders" } } });
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        Assert.NotNull(call.ResponseStream.Current.DemandInterval);
        return new OneSidecar(call);
    }

    private static SharedLimit Of(string service) => new() { Kind = "policy", Name = service };

    private sealed class OneSidecar : IAsyncDisposable
    {
        private readonly AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> _call;
        private readonly ConcurrentDictionary<string, LimitGrant> _grants = new();
        private readonly Task _reading;

        public OneSidecar(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call)
        {
            _call = call;
            _reading = ReadAsync();
        }

        public double Part => _grants.GetValueOrDefault("orders")?.Part ?? 0;

        public uint Sharers => _grants.GetValueOrDefault("orders")?.Sharers ?? 0;

        public IEnumerable<string> Named => _grants.Keys;

        public Task NeedAsync(double wanted, double held = 0, uint told = 0) =>
            SayAsync(new LimitDemand { Limit = Of("orders"), Wanted = wanted, Held = held, Sharers = told });

        public Task SayAsync(params LimitDemand[] demands) => _call.RequestStream.WriteAsync(new() { Demands = new Demands { Limits = { demands } } });

        public async ValueTask DisposeAsync()
        {
            _call.Dispose();
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ReadAsync()
        {
            while (await _call.ResponseStream.MoveNext(Bound.Token()))
            {
                foreach (var grant in _call.ResponseStream.Current.Grants?.Limits ?? [])
                {
                    Assert.InRange(grant.Part, double.Epsilon, 1);
                    _grants[grant.Limit.Name] = grant;
                }
            }
        }
    }
}
