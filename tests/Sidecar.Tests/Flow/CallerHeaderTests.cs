using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>What callers write into headers that a sidecar or a server may take for more than their word.</summary>
public sealed class CallerHeaderTests
{
    [Theory]
    [InlineData("1", true)]
    [InlineData("999", true)]
    [InlineData("0", false)]
    [InlineData("-1", false)]
    [InlineData("1000", false)]
    [InlineData("2147483648", false)]
    [InlineData("many", false)]
    [InlineData("", false)]
    public void Previous_attempts_stay_if_they_are_a_small_number(string value, bool stays)
    {
        Assert.Equal(stays, Forwarded($"grpc-previous-rpc-attempts: {value}").Contains($"grpc-previous-rpc-attempts={value} ", StringComparison.Ordinal));
        Assert.Equal(stays, Got($"x-mesh-previous-attempts: {value}").Contains($"x-mesh-previous-attempts={value} ", StringComparison.Ordinal));
    }

    [Fact]
    public void Previous_attempts_that_contradict_each_other_go()
    {
        Assert.DoesNotContain("attempts", Forwarded("grpc-previous-rpc-attempts: 1", "grpc-previous-rpc-attempts: 2"), StringComparison.Ordinal);
        var got = Got("x-mesh-previous-attempts: 1", "x-a: b", "x-mesh-previous-attempts: 1");
        Assert.DoesNotContain("attempts", got, StringComparison.Ordinal);
        Assert.Contains("x-a=b", got, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_says_himself_who_his_connection_has_proven_to_be()
    {
        string[] own = ["x-forwarded-client-cert: URI=spiffe://mesh.local/service/web", "x-a: b", "x-forwarded-client-cert: By=x"];
        Assert.DoesNotContain("client-cert", Forwarded(own), StringComparison.Ordinal);
        Assert.DoesNotContain("client-cert", Got(own), StringComparison.Ordinal);
        Assert.Contains("x-a=b", Got(own), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_the_mesh_that_mean_nothing_pass_as_any_other()
    {
        Assert.Contains("x-mesh-error=none x-a=b", Forwarded("x-mesh-error: none", "x-a: b"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData("1", "2")]
    [InlineData("9", "10")]
    [InlineData("0", "1")]
    [InlineData("", "1")]
    [InlineData("-5", "1")]
    [InlineData("two", "1")]
    public void Every_sidecar_counts_itself(string? before, string after)
    {
        Assert.Contains($"x-mesh-hops={after} ", Forwarded(before is null ? [] : [$"x-mesh-hops: {before}"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("11")]
    [InlineData("99999999999999999999999")]
    public void A_call_that_has_passed_ten_sidecars_goes_no_further(string hops)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call(more: $"x-mesh-hops: {hops}");
        caller.Reads(Refusal(1, 9, "service 'echo': the call has passed 10 sidecars already: its route leads back to itself"));
        caller.Get(more: $"x-mesh-hops: {hops}");
        caller.Reads("HEADERS 3 :status=508 content-type=text/plain; charset=utf-8 content-length=* x-mesh-error=*", "DATA 3 * end");
        Assert.Equal(0, rig.Servers[0].Attempts);
        Assert.Equal(0, rig.Servers[0].Load.Bad);
        rig.AssertAtRest();
    }

    /// <summary>The head of a call as it reaches the endpoint, with a blank at its end.</summary>
    private static string Forwarded(params string[] lines)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call(more: lines);
        return rig.Wanted().Accept().Take().Single() + " ";
    }

    /// <summary>The same of what is not gRPC.</summary>
    private static string Got(params string[] lines)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Get(more: lines);
        return rig.Wanted().Accept().Take().Single() + " ";
    }
}
