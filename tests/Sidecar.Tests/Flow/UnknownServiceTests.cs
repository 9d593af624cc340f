using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Tests.Flow.Rig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>Calls for a service that the control plane has said nothing of.</summary>
public sealed class UnknownServiceTests
{
    private readonly FlowRig _rig = new(isWhole: false);

    [Fact]
    public void While_it_can_be_asked_a_call_waits_for_its_word_and_then_is_told()
    {
        var caller = _rig.Caller();
        caller.Call("users");
        _rig.Advance(ServiceDirectory.Patience - TimeSpan.FromMilliseconds(100));
        caller.Reads();
        _rig.Advance(200);
        caller.Reads(FlowRig.Refusal(1, 14, "the control plane has not said anything of it yet"));
        _rig.AssertAtRest();
    }

    [Fact]
    public void While_it_is_out_of_reach_a_call_waits_for_nothing_and_is_told_why()
    {
        _rig.SetOutOfReach("the control plane is out of reach (silent)");
        var caller = _rig.Caller();
        caller.Call("users");
        caller.Reads(FlowRig.Refusal(1, 14, "the control plane is out of reach (silent)"));
        caller.Get("users");
        Assert.StartsWith("HEADERS 3 :status=503 ", caller.Take()[0], StringComparison.Ordinal);
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_waits_when_it_gets_out_of_reach_waits_no_longer()
    {
        var caller = _rig.Caller();
        caller.Call("users");
        caller.Reads();
        _rig.SetOutOfReach("the control plane is out of reach (silent)");
        caller.Reads(FlowRig.Refusal(1, 14, "the control plane is out of reach (silent)"));
        _rig.AssertAtRest();
    }
}
