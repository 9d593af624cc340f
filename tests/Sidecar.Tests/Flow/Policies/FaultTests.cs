using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Faults made on purpose reach the caller and nobody else.</summary>
public sealed class FaultTests
{
    [Fact]
    public void A_call_is_delayed_and_then_answered_in_its_callers_protocol_without_reaching_anybody()
    {
        var rig = new FlowRig(policy: Plain with { Fault = new FaultOptions { Delay = TimeSpan.FromSeconds(1), Abort = FaultStatus.OfGrpc(GrpcStatus.DataLoss) } });
        var caller = rig.Caller();
        caller.Call();
        caller.Get();
        rig.Advance(999);
        caller.Reads();
        rig.Advance(2);
        caller.Reads(
            Refusal(1, GrpcStatus.DataLoss, "service 'echo': a fault made on purpose"),
            "HEADERS 3 :status=500 content-type=*text/plain* content-length=* x-mesh-error=*a fault made on purpose*",
            "DATA 3 * end");
        Assert.False(rig.Servers[0].HasPending);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_asks_for_it_where_it_may_and_nowhere_else()
    {
        var rig = new FlowRig(policy: Plain with { Fault = new FaultOptions { ByHeader = true } });
        var caller = rig.Caller();
        caller.Get(more: "x-mesh-fault-abort: 418");
        Assert.StartsWith("HEADERS 1 :status=418 ", caller.Take()[0], StringComparison.Ordinal);

        var deaf = new FlowRig();
        var (other, _, up) = deaf.Begin(more: "x-mesh-fault-abort: 14");
        up.Answer(1);
        Assert.EndsWith("grpc-status=0 end", other.Take()[^1], StringComparison.Ordinal);
    }
}
