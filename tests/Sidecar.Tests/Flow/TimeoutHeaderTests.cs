using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A caller that is not gRPC says how long it waits.</summary>
public sealed class TimeoutHeaderTests
{
    [Fact]
    public void The_call_ends_when_its_time_is_over_and_what_is_left_goes_on()
    {
        var rig = new FlowRig(policy: Plain);
        var caller = rig.Caller();
        caller.Get(more: ["x-mesh-timeout-ms: 250"]);
        rig.Advance(100);
        var up = rig.Wanted().Accept();
        up.Reads("HEADERS 1 * x-mesh-timeout-ms=150 * end");
        rig.Advance(140);
        Assert.Empty(caller.Take());
        rig.Advance(20);
        caller.Reads("HEADERS 1 :status=504 content-type=*text/plain* content-length=* x-mesh-error=*the caller's deadline of 250ms*", "DATA 1 * end");
    }

    [Fact]
    public void It_shortens_what_the_route_allows_and_does_not_lengthen_it()
    {
        var rig = new FlowRig(policy: Plain with { Timeouts = Plain.Timeouts with { Request = TimeSpan.FromMilliseconds(200) } });
        var caller = rig.Caller();
        caller.Get(more: ["x-mesh-timeout-ms: 5000"]);
        rig.Wanted().Accept().Reads("HEADERS 1 * x-mesh-timeout-ms=200 * end");
        rig.Advance(200);
        Assert.StartsWith("HEADERS 1 :status=504", caller.Take()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("+5")]
    [InlineData("2s")]
    [InlineData("1.5")]
    [InlineData("86400001")]
    [InlineData("99999999999999999999")]
    public void What_is_no_time_means_nothing_and_goes_on_as_it_came(string value)
    {
        var rig = new FlowRig(policy: Plain);
        var caller = rig.Caller();
        caller.Get(more: ["x-mesh-timeout-ms: " + value]);
        rig.Wanted().Accept().Reads($"HEADERS 1 * x-mesh-timeout-ms={value} * end");
        rig.Advance(10_000);
        Assert.Empty(caller.Take());
    }

    [Fact]
    public void Nor_does_one_that_is_said_twice_or_in_gRPC_which_has_its_own()
    {
        var rig = new FlowRig(policy: Plain);
        var caller = rig.Caller();
        caller.Get(more: ["x-mesh-timeout-ms: 5", "x-mesh-timeout-ms: 5"]);
        caller.Call(more: ["x-mesh-timeout-ms: 5"]);
        rig.Wanted().Accept();
        rig.Advance(10_000);
        Assert.Empty(caller.Take());
    }
}
