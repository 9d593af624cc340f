using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Answers;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>What a route answers itself reaches nobody but the caller.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void A_redirect_says_where_to_go_and_to_gRPC_that_there_is_one()
    {
        var (rig, caller) = Begin(new() { Name = "moved", Match = new() { Prefix = "/" }, Redirect = new() { Status = 308, Host = "new.example", Prefix = "/v2" } });
        caller.GetAt("/page?a=b");
        caller.Call();
        caller.Reads(
            "HEADERS 1 :status=308 location=//new.example/v2page?a=b content-length=0 end",
            Refusal(3, GrpcStatus.FailedPrecondition, "route 'moved' sends its callers to another place by a redirect, which gRPC does not follow"));
        AssertReachedNobody(rig);
    }

    [Fact]
    public void A_direct_response_is_as_it_is_configured_in_either_protocol()
    {
        var (rig, caller) = Begin(new()
        {
            Name = "down",
            DirectResponse = new() { Status = new FaultStatus(GrpcStatus.Unavailable, 503), Body = "back at noon", ContentType = "text/html", Message = "back at noon, 100%" },
        });
        caller.Get();
        caller.Get(method: "HEAD");
        caller.Call();
        caller.Reads(
            "HEADERS 1 :status=503 content-type=text/html content-length=12",
            "DATA 1 12 end",
            "HEADERS 3 :status=503 content-type=text/html content-length=12 end",
            Refusal(5, GrpcStatus.Unavailable, "back at noon, 100%25"));
        AssertReachedNobody(rig);
    }

    [Fact]
    public void Without_a_body_there_is_none_and_204_says_nothing_of_it()
    {
        var (rig, caller) = Begin(new() { Name = "empty", DirectResponse = new() { Status = FaultStatus.OfHttp(204) } });
        caller.Get(method: "POST", end: false);
        caller.Reads("HEADERS 1 :status=204 end", "RST_STREAM 1 *");
        caller.Call();
        caller.Reads(Refusal(3, GrpcStatus.Unknown, "route 'empty' answers its calls itself"));
        AssertReachedNobody(rig);
    }

    [Fact]
    public void What_a_rate_limit_refuses_is_refused_before()
    {
        var (_, caller) = Begin(new() { Name = "r", RateLimits = [new() { Requests = 1, Per = TimeSpan.FromSeconds(1) }], DirectResponse = new() });
        caller.Get();
        caller.Get();
        caller.Reads("HEADERS 1 :status=200 content-length=0 end", "HEADERS 3 :status=429 *", "DATA 3 * end");
    }

    [Fact]
    public void Headers_that_the_route_sets_are_set_in_its_own_answers()
    {
        var (_, caller) = Begin(new() { Name = "r", DirectResponse = new(), Rewrite = new() { ResponseHeaders = new() { Set = [("cache-control", "no-store")] } } });
        caller.Get();
        caller.Reads("HEADERS 1 :status=200 content-length=0 cache-control=no-store end");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flood_of_them_allocates_nothing(bool redirects)
    {
        var (rig, _) = Begin(new()
        {
            Name = "r",
            Redirect = redirects ? new() { Scheme = "https", Path = "/x" } : null,
            DirectResponse = redirects ? null : new() { Body = "back at noon" },
        });
        var flood = new Flood(rig, ":method: GET", ":scheme: http", ":path: /page?a=b", ":authority: echo");
        Assert.Equal(0, Flood.AllocatedBy(flood.Call));
        Assert.True(flood.Written > flood.Calls * 10);
        rig.AssertAtRest();
    }

    private static (FlowRig Rig, Caller Caller) Begin(RouteOptions route)
    {
        var rig = new FlowRig(policy: Plain with { Routes = [route] });
        return (rig, rig.Caller());
    }

    private static void AssertReachedNobody(FlowRig rig)
    {
        Assert.False(rig.Servers[0].HasPending);
        rig.AssertAtRest();
    }
}
