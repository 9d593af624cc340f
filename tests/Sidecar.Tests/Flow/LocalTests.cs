using Google.Protobuf;
using Grpc.Health.V1;
using Mesh.Conformance.Peer;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Local;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>The mesh's own API is called as any service is, and answered within the sidecar.</summary>
public sealed class LocalTests
{
    private const string Ok = "HEADERS 1 grpc-status=0 end";
    private readonly FlowRig _rig = new();
    private bool _isServing = true;
    private bool _isEnding;

    public LocalTests() => Install();

    [Theory]
    [InlineData("", true, 1)]
    [InlineData("", false, 2)]
    [InlineData("echo", true, 1)]
    [InlineData("ECHO", true, 1)]
    public void Health_is_answered_for_the_sidecar_and_for_services(string service, bool isServing, int status)
    {
        _isServing = isServing;
        var caller = _rig.Caller();
        Ask(caller, "Check", service);
        Assert.Equal(["HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 7", Ok], caller.Take());
        Assert.Equal(status, caller.LastData[^1]);
        AssertAtRest();
    }

    [Fact]
    public void A_service_that_is_none_is_not_found_and_a_method_that_is_none_is_unimplemented()
    {
        var caller = _rig.Caller();
        Ask(caller, "Check", "nobody");
        Assert.Contains("grpc-status=5 grpc-message=the mesh knows no service of that name", caller.Take().Single(), StringComparison.Ordinal);
        Ask(caller, "List", "");
        Assert.Contains("grpc-status=12 grpc-message=the mesh itself has no such method", caller.Take().Single(), StringComparison.Ordinal);
        caller.Send(Frames.Headers(_next, HeaderBlock.Of([":method: GET", ":scheme: http", ":path: /", ":authority: mesh"]), end: true));
        Settle();
        Assert.Equal("HEADERS 5 :status=404 content-type=text/plain; charset=utf-8", caller.Take()[0]);
        AssertAtRest();
    }

    [Theory]
    [InlineData("0000000003ffffff", "no grpc.health.v1.HealthCheckRequest")]
    [InlineData("01000000020a00", "compressed")]
    [InlineData("007fffffff", "longer than 16384 bytes")]
    [InlineData("0000", "no whole message")]
    public void What_is_no_request_is_said_to_be_none(string hex, string because)
    {
        var caller = _rig.Caller();
        caller.Send(Frames.Headers(1, Head("Check")), Frames.Data(1, Convert.FromHexString(hex), end: true));
        Settle();
        Assert.Contains(because, caller.Take().First(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)), StringComparison.Ordinal);
        AssertAtRest();
    }

    [Fact]
    public void A_watch_tells_of_each_change_and_ends_with_its_caller()
    {
        var caller = _rig.Caller();
        Ask(caller, "Watch", "");
        Assert.Equal(["HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 7"], caller.Take());
        _rig.Worker.InForce.TellChanged();
        Settle();
        caller.Reads(); // nothing has changed
        _isServing = false;
        _rig.Worker.InForce.TellChanged();
        Settle();
        caller.Reads("DATA 1 7");
        Assert.Equal(2, caller.LastData[^1]);
        caller.Reset(1, ErrorCode.Cancel);
        Settle();
        AssertAtRest();
    }

    [Fact]
    public void A_watch_follows_a_service_that_comes_and_falls_ill()
    {
        var caller = _rig.Caller();
        var endpoint = _rig.Servers[0].Endpoint;
        Ask(caller, "Watch", "echo");
        caller.Take();
        Assert.Equal(1, caller.LastData[^1]);
        endpoint.State.Model = endpoint.State.Model with { IsHealthy = false };
        _rig.Publish(_rig.Servers);
        Install();
        caller.Take();
        Assert.Equal(1, caller.LastData[^1]); // the registry has said that it is well
        _rig.Worker.InForce.Replace(new MeshSnapshot(9, [_mesh], isWhole: true), []);
        Settle();
        caller.Reads("DATA 1 7");
        Assert.Equal(3, caller.LastData[^1]);
        caller.Reset(1, ErrorCode.Cancel);
        Settle();
        Assert.Equal(0, _rig.Worker.ExchangesInUse);
    }

    [Fact]
    public void A_watch_does_not_hold_up_a_sidecar_that_drains()
    {
        var caller = _rig.Caller();
        Ask(caller, "Watch", "");
        caller.Take();
        _isEnding = true;
        _rig.Worker.InForce.TellChanged();
        Settle();
        caller.Reads("DATA 1 7", "HEADERS 1 grpc-status=14 grpc-message=this sidecar is going down end");
        AssertAtRest();
    }

    [Fact]
    public void A_deadline_holds_as_for_any_call()
    {
        var caller = _rig.Caller();
        caller.Send(Frames.Headers(1, Head("Watch", "grpc-timeout: 100m")));
        caller.Send(Frames.Data(1, [0, 0, 0, 0, 0], end: true));
        Settle();
        caller.Take();
        _rig.Advance(101);
        Assert.Contains($"grpc-status={GrpcStatus.DeadlineExceeded}", caller.Take().Single(), StringComparison.Ordinal);
        AssertAtRest();
    }

    private Cluster _mesh = null!;

    private void Install()
    {
        _mesh ??= Sole.Local("mesh", new MeshApi([Question(isWatch: false), Question(isWatch: true)], [_rig.Worker.InForce]), null).Build();
        _rig.Worker.InForce.Replace(new MeshSnapshot(_rig.Worker.Snapshot.Version + 1, [_rig.Cluster, _mesh], isWhole: true), []);
    }

    private HealthQuestion Question(bool isWatch) => new(() => _isServing && !_isEnding, () => _isEnding, static _ => false, isWatch);

    private static byte[] Head(string method, params string[] more) => HeaderBlock.Of(
        [":method: POST", ":scheme: http", $":path: /grpc.health.v1.Health/{method}", ":authority: mesh", "content-type: application/grpc", "te: trailers", .. more]);

    private uint _next = 1;

    private void Ask(Caller caller, string method, string service)
    {
        var request = new HealthCheckRequest { Service = service }.ToByteArray();
        caller.Send(Frames.Headers(_next, Head(method)), Frames.Data(_next, [0, 0, 0, 0, (byte)request.Length, .. request], end: true));
        _next += 2;
        Settle();
    }

    /// <summary>What is said within the sidecar takes a turn each way.</summary>
    private void Settle()
    {
        for (var i = 0; i < 10; i++)
        {
            _rig.Loop.Turn();
        }
    }

    private void AssertAtRest()
    {
        Settle();
        Assert.Empty(_rig.Faults);
        Assert.Equal((0, 0), (_rig.Worker.ExchangesInUse, _rig.Worker.AttemptsInUse));
        Assert.Equal(0, _mesh.Endpoints[0].State.Load.InFlight);
    }
}
