using Mesh.Policy.Outcomes;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Routing;
using Mesh.Resources.Rollouts;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Calls beyond a rate are refused at once, and told when to come again.</summary>
public sealed class RateLimitTests
{
    private static readonly RateLimitOptions OneInThreeSeconds = new() { Requests = 1, Per = TimeSpan.FromSeconds(3) };

    [Fact]
    public void Who_exceeds_it_is_told_so_in_its_protocol_and_when_to_come_again()
    {
        var rig = new FlowRig(policy: Plain with { RateLimits = [OneInThreeSeconds] });
        var (caller, _, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        rig.Advance(500);
        caller.Call();
        caller.Get();
        caller.Reads(
            "HEADERS 3 :status=200 content-type=application/grpc grpc-status=8"
                + " grpc-message=*more calls than its rate limit of 1 in 3s allows; try again in 2.5s* grpc-status-details-bin=* grpc-retry-pushback-ms=250* end",
            "HEADERS 5 :status=429 content-type=*text/plain* content-length=* x-mesh-error=*more calls* retry-after=3",
            "DATA 5 * end");
        rig.Advance(2500);
        caller.Call();
        Assert.StartsWith("HEADERS 3 :method=POST", up.Take()[^1], StringComparison.Ordinal);
        up.Answer(3);
        caller.Take();
        rig.AssertAtRest();
    }

    [Fact]
    public void Who_exceeds_it_counts_as_failed_where_a_version_is_judged_by_its_calls_in_either_protocol()
    {
        var rig = new FlowRig(policy: Plain with { RateLimits = [OneInThreeSeconds] });
        var observation = rig.Cluster.Statistics.Observation = new CallObservation();
        var (caller, _, up) = rig.Begin();
        up.Answer(1);
        caller.Call();
        caller.Get();
        caller.Take();
        var failures = 0L;
        var latencies = new long[LatencyScale.Count];
        observation.AddTo(ref failures, latencies);
        Assert.Equal((2, 3), (failures, latencies.Sum()));
    }

    [Fact]
    public void A_route_has_limits_of_its_own_besides_those_of_the_service()
    {
        var rig = new FlowRig(policy: Plain with
        {
            RateLimits = [OneInThreeSeconds with { Requests = 2 }],
            Routes = [new RouteOptions { Name = "page", Match = new RouteMatchOptions { Prefix = "/page" }, RateLimits = [OneInThreeSeconds] }],
        });
        var caller = rig.Caller();
        caller.Get();
        var up = rig.Wanted().Accept();
        Assert.Equal(1, up.Take().Count(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)));
        caller.Get();
        Assert.Contains("its rate limit of 1 in 3s", caller.Take()[0], StringComparison.Ordinal);
        caller.Call();
        Assert.Contains("its rate limit of 2 in 3s", caller.Take()[0], StringComparison.Ordinal); // both calls before have taken of it
    }

    [Fact]
    public void Each_value_of_a_header_has_its_own()
    {
        var rig = new FlowRig(policy: Plain with { RateLimits = [OneInThreeSeconds with { ByHeader = "x-tenant" }] });
        var (caller, _, up) = rig.Begin(more: "x-tenant: a");
        caller.Call(more: "x-tenant: b");
        Assert.Single(up.Take());
        caller.Call(more: "x-tenant: a");
        caller.Reads("HEADERS 5 * grpc-status=8 grpc-message=*1 in 3s for each x-tenant*");
    }

    [Fact]
    public void A_limit_that_stays_keeps_its_bucket_when_something_else_changes()
    {
        var rig = new FlowRig(servers: 2, policy: Plain with { RateLimits = [OneInThreeSeconds] });
        var (caller, _, _) = rig.Begin();
        rig.Publish(rig.Servers[0]);
        caller.Call();
        caller.Reads("HEADERS 3 * grpc-status=8 *");
    }
}
