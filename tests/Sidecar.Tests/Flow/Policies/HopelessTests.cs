using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>A call that has too little time left for an answer is not sent.</summary>
public sealed class HopelessTests
{
    [Fact]
    public void It_is_told_so_at_once_in_both_protocols_and_the_endpoint_does_not_hear_of_it()
    {
        var (rig, caller, up) = Known(Plain with { Timeouts = TimeoutOptions.Default with { Request = TimeSpan.FromMilliseconds(45) } });
        var next = caller.Call(more: "grpc-timeout: 40m");
        caller.Reads(Refusal(next, 4, "service 'echo': the caller's deadline of 40ms leaves less than half of what the fastest answers take, and the call was not sent"));
        next = caller.Get();
        var answer = caller.Take();
        Assert.StartsWith($"HEADERS {next} :status=504 ", answer[0], StringComparison.Ordinal);
        Assert.Contains("timeouts.request of 45ms leaves less than half of what the fastest answers take", answer[0], StringComparison.Ordinal);
        Assert.Empty(up.Take());
        rig.AssertAtRest();
    }

    [Fact]
    public void With_more_time_or_where_the_policy_says_so_or_after_ten_seconds_of_silence_it_is_sent()
    {
        var (_, caller, up) = Known(Plain);
        caller.Call(more: "grpc-timeout: 60m");
        Assert.Contains(up.Take(), IsHead);

        (_, caller, up) = Known(Plain with { Timeouts = TimeoutOptions.Default with { SendsHopeless = true } });
        caller.Call(more: "grpc-timeout: 40m");
        Assert.Contains(up.Take(), IsHead);

        (var rig, caller, up) = Known(Plain);
        rig.Advance(10_100);
        caller.Call(more: "grpc-timeout: 40m");
        Assert.Contains(up.Take(), IsHead);
    }

    private static bool IsHead(string frame) => frame.StartsWith("HEADERS", StringComparison.Ordinal);

    /// <summary>An endpoint that has answered a number of calls after 100 ms each.</summary>
    private static (FlowRig Rig, Caller Caller, ServerConnection Up) Known(ServicePolicyOptions policy)
    {
        var rig = new FlowRig(policy: policy);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        rig.Advance(10_100); // the record begins anew
        for (var call = 0; call < 20; call++)
        {
            server.Endpoint.State.Load.Needed.Observe(rig.Loop.Now, TimeSpan.FromMilliseconds(100).Ticks);
        }

        return (rig, caller, up);
    }
}
