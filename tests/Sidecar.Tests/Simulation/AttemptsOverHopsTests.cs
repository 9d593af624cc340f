using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Tests.Simulation;

/// <summary>
/// A caller, an app in the middle that knows nothing of the mesh, and a leaf: what is tried again is tried again once, wherever it fails.
/// </summary>
public sealed class AttemptsOverHopsTests
{
    private static readonly ServicePolicyOptions Policy = new()
    {
        Breaker = new BreakerOptions { Enabled = false },
        Retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable, HttpStatuses = new HttpStatusSet([503]) },
    };

    private readonly World _world = new(1);
    private bool _isLeafWell;
    private bool _isMiddleWell = true;

    /// <summary>Of gRPC and HTTP/1.1, with and without a trace that the app passes on.</summary>
    public static TheoryData<Protocol, bool> Ways => new() { { Protocol.Http2, true }, { Protocol.Http2, false }, { Protocol.Http1, true }, { Protocol.Http1, false } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void What_was_tried_often_enough_further_on_is_not_tried_again_before(Protocol protocol, bool isTraced)
    {
        var mesh = Start(protocol, isTraced);
        var end = mesh.Call();
        Assert.Equal((1, 3, true), (mesh.Middle.Calls, mesh.Leaf.Calls, end.SaysNoRetry));
        Assert.False(end.IsGood);
    }

    /// <summary>The same app, which fails by itself: nobody has tried that again yet.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void What_fails_in_the_middle_is_tried_again_before_it(Protocol protocol, bool isTraced)
    {
        var mesh = Start(protocol, isTraced);
        _isMiddleWell = false;
        var end = mesh.Call();
        Assert.Equal((3, 0, false), (mesh.Middle.Calls, mesh.Leaf.Calls, end.SaysNoRetry));

        // What was said of one call holds for no other.
        _isMiddleWell = true;
        Assert.True(mesh.Call().SaysNoRetry);
        _isMiddleWell = false;
        Assert.False(mesh.Call().SaysNoRetry);
        Assert.Equal((3 + 1 + 3, 3), (mesh.Middle.Calls, mesh.Leaf.Calls));
    }

    [Theory]
    [InlineData(Protocol.Http2)]
    [InlineData(Protocol.Http1)]
    public void What_is_called_for_a_retry_is_not_tried_again(Protocol protocol)
    {
        var mesh = Start(protocol, isTraced: true);
        var repeat = (protocol == Protocol.Http2 ? "grpc-previous-rpc-attempts" : "x-mesh-previous-attempts", "1");
        Assert.False(mesh.Call(repeat).SaysNoRetry); // who tries again by itself decides on the next
        Assert.Equal((1, 1), (mesh.Middle.Calls, mesh.Leaf.Calls));

        // Another call of the same trace is none.
        mesh.Call();
        Assert.Equal((2, 4), (mesh.Middle.Calls, mesh.Leaf.Calls));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_call_that_goes_well_is_none_of_this(Protocol protocol, bool isTraced)
    {
        var mesh = Start(protocol, isTraced);
        _isLeafWell = true;
        var end = mesh.Call();
        Assert.Equal((true, false), (end.IsGood, end.SaysNoRetry));
        Assert.Equal((1, 1), (mesh.Middle.Calls, mesh.Leaf.Calls));
    }

    private Mesh Start(Protocol protocol, bool isTraced)
    {
        var leaf = new ScriptedServer(_world, call => call.Reply(_isLeafWell ? GrpcStatus.Ok : GrpcStatus.Unavailable));
        var middle = new MiddleService(_world, protocol, "leaf", isTraced) { IsWell = () => _isMiddleWell };
        middle.Sidecar.Learn("leaf", Policy, SimulatedSidecar.At(leaf.Address));
        var sidecar = new SimulatedSidecar(_world);
        sidecar.Learn("middle", Policy, SimulatedSidecar.At(middle.Sidecar.Inbound, isSidecar: true));
        return new Mesh(_world, new SimulatedCaller(_world, sidecar.Outbound, protocol), middle, leaf, MiddleService.Trace(_world, null));
    }

    private sealed record Mesh(World World, SimulatedCaller Caller, MiddleService Middle, ScriptedServer Leaf, (string, string) Trace)
    {
        public CallEnd Call(params (string, string)[] more)
        {
            CallEnd? end = null;
            Caller.Call("middle", ended => end = ended, [Trace, .. more]);
            World.Run(TimeSpan.FromSeconds(2));
            return end!.Value;
        }
    }
}
