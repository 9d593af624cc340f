using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Limiting;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.V1;

namespace Mesh.Resources.Tests;

public class PolicyTranslationTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{balancing: {}, timeouts: {}, retry: {}, breaker: {}, limits: {}}")]
    [InlineData("{balancing: {policy: PEAK_EWMA}, retry: {budget: {}}, timeouts: {request: 0}}")]
    public void What_is_not_said_is_the_default(string yaml)
    {
        foreach (var policy in new[] { Policy(yaml), PolicyTranslation.ToPolicy(null) })
        {
            Assert.Equal(BalancingOptions.Default, policy.Balancing);
            Assert.Equal(TimeoutOptions.Default, policy.Timeouts);
            Assert.Equal(RetryOptions.Default, policy.Retry);
            Assert.Equal(BreakerOptions.Default, policy.Breaker);
            Assert.Equal(LimitOptions.Default, policy.Limits);
            Assert.Empty(policy.Routes);
        }
    }

    [Fact]
    public void What_is_said_arrives()
    {
        var policy = Policy("""
            balancing: {policy: LEAST_REQUEST, ewma_decay: 1s, panic_threshold: 0}
            timeouts: {request: 2s, per_try: 1s, connect: 100ms, idle: 1h}
            retry:
              max_attempts: 4
              codes: [UNAVAILABLE, CANCELLED]
              http_statuses: [503]
              backoff_base: 10ms
              backoff_max: 1s
              budget: {percent: 0, min_per_second: 0}
              replay_limit_bytes: 0
              methods: [/a.B/C]
            breaker: {disabled: true, consecutive_failures: 7, failure_rate: 50, min_requests: 9, window: 5s, open: 3s, max_open: 4s, probes: 2, max_ejection_percent: 0, codes: [UNKNOWN], http_statuses: [500]}
            limits: {max_concurrent_requests: 5, max_pending_requests: 6}
            """);
        Assert.Equal(
            new BalancingOptions { Kind = BalancerKind.LeastRequest, EwmaDecay = TimeSpan.FromSeconds(1), PanicThresholdPercent = 0 },
            policy.Balancing);
        Assert.Equal(
            new TimeoutOptions
            {
                Request = TimeSpan.FromSeconds(2),
                PerTry = TimeSpan.FromSeconds(1),
                Connect = TimeSpan.FromMilliseconds(100),
                Idle = TimeSpan.FromHours(1),
                SilentRequest = null,
            },
            policy.Timeouts);
        Assert.Equal(
            new RetryOptions
            {
                MaxAttempts = 4,
                RetriableCodes = (1 << 14) | (1 << 1),
                HttpStatuses = new HttpStatusSet([503]),
                BackoffBase = TimeSpan.FromMilliseconds(10),
                BackoffMax = TimeSpan.FromSeconds(1),
                BudgetPercent = 0,
                BudgetMinPerSecond = 0,
                ReplayLimitBytes = 0,
                Methods = policy.Retry.Methods,
            },
            policy.Retry);
        Assert.True(policy.Retry.Methods.Contains("/a.B/C"u8));
        Assert.False(policy.Retry.Methods.Contains("/a.B/D"u8));
        Assert.Equal(
            new BreakerOptions
            {
                Enabled = false,
                ConsecutiveFailures = 7,
                FailureRatePercent = 50,
                MinRequests = 9,
                Window = TimeSpan.FromSeconds(5),
                Open = TimeSpan.FromSeconds(3),
                MaxOpen = TimeSpan.FromSeconds(4),
                Probes = 2,
                MaxEjectionPercent = 0,
                Codes = (1 << GrpcStatus.Unavailable) | (1 << GrpcStatus.Unknown), // what says by itself that it is bad always counts
                HttpStatuses = new HttpStatusSet([500, 502, 503, 504]),
            },
            policy.Breaker);
        Assert.Equal(new LimitOptions { MaxConcurrentRequests = 5, MaxPendingRequests = 6 }, policy.Limits);
    }

    [Theory]
    [InlineData("{}", null, 300)]
    [InlineData("{timeouts: {request: 5s}}", null, 300)]
    [InlineData("{timeouts: {idle: 0}}", null, null)]
    [InlineData("{timeouts: {idle: 10s}}", 10, null)]
    public void An_idle_timeout_that_is_given_replaces_that_of_requests_that_stop_short(string yaml, int? idle, int? silentRequest)
    {
        var timeouts = Policy(yaml).Timeouts;
        Assert.Equal((idle, silentRequest), ((int?)timeouts.Idle?.TotalSeconds, (int?)timeouts.SilentRequest?.TotalSeconds));
    }

    [Fact]
    public void A_routes_timeouts_replace_the_services_field_by_field_and_its_retry_as_a_whole()
    {
        var policy = Policy("""
            timeouts: {request: 5s, per_try: 1s, idle: 1m}
            retry: {max_attempts: 5, codes: [UNAVAILABLE]}
            routes:
            - {name: stream, match: {exact: /a.B/C}, timeouts: {request: 0, per_try: 2s}, retry: {max_attempts: 2}}
            - {service: other, match: {prefix: /a.B/, http_method: POST, headers: [{name: a, exact: ''}, {name: b}]}}
            """);
        var stream = policy.Routes[0];
        Assert.Equal(
            new TimeoutOptions { Request = null, PerTry = TimeSpan.FromSeconds(2), Idle = TimeSpan.FromMinutes(1), SilentRequest = null },
            stream.Timeouts);
        Assert.Equal(new RetryOptions { MaxAttempts = 2 }, stream.Retry);
        Assert.Equal(("stream", "/a.B/C", true), (stream.Name, stream.Match.Exact, stream.Backends.IsEmpty));

        var other = policy.Routes[1];
        Assert.Equal(("route-2", "other", "/a.B/", "POST"), (other.Name, Assert.Single(other.Backends).Service, other.Match.Prefix, other.Match.HttpMethod));
        Assert.Null(other.Timeouts);
        Assert.Null(other.Retry);
        Assert.Equal(
            [new HeaderMatchOptions { Name = "a", Exact = "" }, new HeaderMatchOptions { Name = "b" }], other.Match.Headers.AsEnumerable());
    }

    [Fact]
    public void A_route_leads_to_a_subset_or_to_several_places()
    {
        var policy = Policy("""
            routes:
            - {name: one, subset: {version: v2, metadata: {tier: gold}}, fallbacks: [{version: v1}, {}]}
            - {name: several, backends: [{subset: {version: v2}, weight: 0}, {service: other}]}
            """);
        var one = Assert.Single(policy.Routes[0].Backends);
        Assert.Null(one.Service);
        Assert.Equal(new EndpointSubset("v2", [new("tier", "gold")]), one.Subset);
        Assert.Equal([new EndpointSubset("v1", []), EndpointSubset.All], one.Fallbacks.AsEnumerable());
        Assert.Equal(
            [(null, "version 'v2'", 0), ("other", "", 1)],
            policy.Routes[1].Backends.Select(backend => (backend.Service, backend.Subset.ToString(), backend.Weight)));
        Assert.Equal(["other"], policy.Targets);
    }

    [Fact]
    public void A_long_open_time_is_not_cut_by_the_default_cap()
        => Assert.Equal(TimeSpan.FromMinutes(30), Policy("breaker: {open: 30m}").Breaker.MaxOpen);

    [Fact]
    public void A_duration_below_a_tick_is_not_none()
        => Assert.Equal(TimeSpan.FromTicks(1), Policy("timeouts: {request: 1ns}").Timeouts.Request);

    [Fact]
    public void An_inbound_resource_says_what_it_names_and_leaves_the_rest()
    {
        var defaults = PolicyTranslation.ToInbound(null);
        Assert.Equal(defaults, PolicyTranslation.ToInbound(new InboundConfig()));
        Assert.Equal((false, 1_000_000, 100_000), (defaults.Breaker.Enabled, defaults.Limits.MaxConcurrentRequests, defaults.Limits.MaxPendingRequests));
        Assert.Equal(TimeoutOptions.Default with { SendsHopeless = true }, defaults.Timeouts);

        Assert.True(ResourceYaml.TryRead<InboundConfig>("{timeouts: {request: 2s, idle: 0}, limits: {max_concurrent_requests: 7}}", "f.yaml", out var said, out _));
        var inbound = PolicyTranslation.ToInbound(said);
        Assert.Equal(defaults.Timeouts with { Request = TimeSpan.FromSeconds(2), SilentRequest = null }, inbound.Timeouts);
        Assert.Equal(defaults.Limits with { MaxConcurrentRequests = 7 }, inbound.Limits);
        Assert.Equal(defaults with { Timeouts = inbound.Timeouts, Limits = inbound.Limits }, inbound);
    }

    private static ServicePolicyOptions Policy(string yaml)
    {
        Assert.True(ResourceYaml.TryRead<ServiceConfig>(yaml, "f.yaml", out var config, out var errors), string.Join('\n', errors));
        return PolicyTranslation.ToPolicy(config);
    }
}
