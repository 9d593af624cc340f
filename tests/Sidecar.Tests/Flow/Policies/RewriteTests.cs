using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Changes;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>What a route changes of its calls on their way, and of their answers.</summary>
public sealed class RewriteTests
{
    private static readonly RewriteOptions All = new()
    {
        Prefix = "/v2/",
        Host = "inner:80",
        RequestHeaders = new() { Set = [("x-tier", "gold")], Add = [("x-via", "mesh")], Remove = ["x-secret"] },
        ResponseHeaders = new() { Set = [("server", "shop")], Remove = ["x-powered-by"] },
    };

    [Fact]
    public void Path_host_and_headers_are_changed_on_the_way_and_the_answers_on_their_way_back()
    {
        var rig = Rig(All);
        var caller = rig.Caller();
        caller.GetAt("/page/1?a=b", more: ["x-tier: tin", "x-tier: lead", "x-via: me", "x-secret: s"]);
        var up = rig.Servers[0].Accept();
        up.Reads("HEADERS 1 :method=GET :scheme=http :path=/v2/1?a=b :authority=inner:80 x-via=me x-tier=gold x-via=mesh x-mesh-hops=1 end");
        up.Send(Conformance.Peer.Frames.Headers(1, Conformance.Peer.HeaderBlock.Of(":status: 200", "server: Kestrel", "x-powered-by: .NET"), end: true));
        caller.Reads("HEADERS 1 :status=200 server=shop end");
        rig.AssertAtRest();
    }

    [Fact]
    public void A_path_is_made_of_what_the_groups_of_the_routes_pattern_match()
    {
        var rig = new FlowRig(policy: Plain with
        {
            Routes = [new RouteOptions { Name = "page", Match = new() { Regex = "/page/([0-9]+)/(?<part>.*)" }, Rewrite = new RewriteOptions { Substitution = "/${part}/of/$1" } }],
        });
        var caller = rig.Caller();
        caller.GetAt("/page/17/lines?a=$1");
        rig.Servers[0].Accept().Reads("HEADERS 1 :method=GET :scheme=http :path=/lines/of/17?a=$1 *");
    }

    [Fact]
    public void A_call_of_gRPC_as_well_and_each_of_its_attempts()
    {
        var rig = Rig(All with { Path = "/pkg.New/Do", Prefix = null });
        var (caller, _, up) = Begin(rig);
        up.Reads("HEADERS 1 :method=POST :scheme=http :path=/pkg.New/Do :authority=inner:80 content-type=application/grpc te=trailers x-tier=gold x-via=mesh x-mesh-hops=1 end");
        up.Send(ServerConnection.TrailersOnly(1, "grpc-status: 14", "x-powered-by: .NET"));
        rig.Advance(1000);
        up.Reads("HEADERS 3 * :path=/pkg.New/Do :authority=inner:80 * x-tier=gold x-via=mesh x-mesh-hops=1 grpc-previous-rpc-attempts=1 end");
        up.Send(ServerConnection.Head(3, "x-powered-by: .NET"), ServerConnection.Message(3), ServerConnection.Status(3));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc server=shop", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void The_last_answer_of_several_attempts_is_changed_too()
    {
        var rig = Rig(All);
        var (caller, _, up) = Begin(rig, ":path: /page/Do");
        for (uint id = 1; id <= 5; id += 2)
        {
            up.Send(ServerConnection.TrailersOnly(id, "grpc-status: 14", "x-powered-by: .NET"));
            rig.Advance(1000);
        }

        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 server=shop end");
        rig.AssertAtRest();
    }

    [Fact]
    public void So_is_one_that_is_passed_on_since_there_is_nobody_left_to_retry_with()
    {
        var pause = TimeSpan.FromSeconds(10);
        var rig = new FlowRig(policy: Plain with
        {
            Breaker = new BreakerOptions { MaxEjectionPercent = 100, ConsecutiveFailures = 2 },
            Retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable, BackoffBase = pause, BackoffMax = pause },
            Routes = [new RouteOptions { Name = "r", Rewrite = All with { Prefix = null } }],
        });
        var (caller, _, up) = rig.Begin();
        up.Send(ServerConnection.TrailersOnly(1, "grpc-status: 14", "x-powered-by: .NET"));
        rig.Caller().Call();
        up.Send(ServerConnection.TrailersOnly(3, "grpc-status: 14"));
        caller.Reads();
        rig.Advance(10_001);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 server=shop end");
        rig.AssertAtRest();
    }

    [Fact]
    public void What_asks_of_the_server_as_a_whole_keeps_its_target()
    {
        var rig = new FlowRig(policy: Plain with { Routes = [new() { Name = "r", Rewrite = new() { Path = "/x" } }] });
        var caller = rig.Caller();
        caller.GetAt("*", method: "OPTIONS");
        Assert.Contains(" :path=* ", rig.Servers[0].Accept().Take().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_allocates_nothing_once_the_lists_have_grown()
    {
        var rewrite = RouteRewrite.Of(new() { Name = "r", Match = new() { Prefix = "/page/" }, Rewrite = All })!;
        var (request, answer, head, room) = (new HeaderList(), new HeaderList(), new HeaderList(), new ByteBuffer());
        request.Add(KnownHeader.Path, "/page/1?a=b"u8);
        request.Add(KnownHeader.Authority, "echo"u8);
        request.Add("x-secret"u8, "s"u8);
        answer.Add("server"u8, "Kestrel"u8);
        var allocated = Flood.AllocatedBy(() =>
        {
            head.CopyFrom(request);
            rewrite.ApplyTo(head, room);
            head.CopyFrom(answer);
            rewrite.Response!.ApplyTo(head);
        });
        Assert.Equal(0, allocated);
    }

    private static FlowRig Rig(RewriteOptions rewrite) => new(policy: Plain with
    {
        Retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable, BudgetMinPerSecond = 100 },
        Routes = [new RouteOptions { Name = "r", Match = rewrite.Prefix is null ? RouteMatchOptions.Any : new() { Prefix = "/page/" }, Rewrite = rewrite }],
    });

    private static (Caller Caller, Server Server, ServerConnection Up) Begin(FlowRig rig, string path = ":path: /pkg.Echo/Do")
    {
        var caller = rig.Caller();
        caller.GetAt(path[":path: ".Length..], method: "POST", more: ["content-type: application/grpc", "te: trailers"]);
        return (caller, rig.Servers[0], rig.Servers[0].Accept());
    }
}
