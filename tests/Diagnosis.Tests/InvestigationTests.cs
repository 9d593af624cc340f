using Mesh.Diagnosis.Records;
using Mesh.V1;
using static Mesh.Diagnosis.Tests.Made;

namespace Mesh.Diagnosis.Tests;

/// <summary>What follows from records. Nearly all causes are provoked for real in tests/Sidecar.Tests/Simulation/Why; here is what a network in memory cannot show.</summary>
public sealed class InvestigationTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Theory]
    [InlineData("connection refused", "instance_gone")]
    [InlineData("no route to the host", "network_unreachable")]
    [InlineData("no such host", "name_unresolved")]
    [InlineData("its name cannot be looked up at present", "name_unresolved")]
    [InlineData("the name 'users.local' has no answer yet", "name_unresolved")]
    [InlineData("TLS: the certificate has expired", "tls_failed")]
    [InlineData("it does not answer", "instance_silent")]
    public void Why_a_connection_fails_is_read_from_what_the_sidecar_says_of_it(string failure, string cause) =>
        Assert.Equal(cause, Named(Explain(Sidecar("orders", "orders-1", Call(CallSide.Outbound, "users", "connect_failed").At("users-1", failure)))));

    [Theory]
    [InlineData(CallSide.Outbound, "go_away_unprocessed", "instance_leaves")]
    [InlineData(CallSide.Outbound, "protocol_error", "peer_breaks_protocol")]
    [InlineData(CallSide.Inbound, "protocol_error", "app_breaks_protocol")]
    [InlineData(CallSide.Inbound, "wrong_protocol", "app_wrong_protocol")]
    [InlineData(CallSide.Outbound, "something_new", "unknown")]
    public void What_only_one_side_tells(CallSide side, string reason, string cause) =>
        Assert.Equal(cause, Named(Explain(Sidecar("orders", "orders-1", Call(side, "users", reason).At("users-1")))));

    [Fact]
    public void A_caller_that_gives_up_before_anything_was_sent()
    {
        var call = Call(CallSide.Outbound, "users", "downstream_cancelled", 1);
        call.Outcome = "cancelled";
        Assert.Equal("caller_gave_up", Named(Explain(Sidecar("orders", "orders-1", call))));
    }

    [Fact]
    public void What_the_callees_sidecar_said_and_has_forgotten()
    {
        var call = Call(CallSide.Outbound, "users", "grpc_status").At("users-1");
        call.LocalReply = true;
        Assert.Equal("callees_sidecar", Named(Explain(Sidecar("orders", "orders-1", call))));
    }

    /// <summary>Both sides, without a trace: the method, the instance and the time are enough.</summary>
    [Theory]
    [InlineData(Trace)]
    [InlineData("")]
    public void The_callees_side_is_found(string trace)
    {
        var finding = Explain(
            Sidecar("orders", "orders-1", Call(CallSide.Outbound, "users", "grpc_status", trace: trace).At("users-2")),
            Sidecar("users", "users-1", Call(CallSide.Inbound, "users", "connection_lost", trace: trace, afterMs: 1).At("app")),
            Sidecar("users", "users-2", Call(CallSide.Inbound, "users", "connect_failed", trace: trace, afterMs: 1).At("app", "connection refused")));
        Assert.Equal("app_down", Named(finding));
        Assert.Equal("users/users-2", finding.First.Where);
        Assert.Equal(2, finding.Path.Count);
    }

    [Fact]
    public void Another_trace_is_another_call()
    {
        var finding = Explain(
            Sidecar("orders", "orders-1", Call(CallSide.Outbound, "users", "grpc_status", trace: Trace).At("users-1")),
            Sidecar("users", "users-1", Call(CallSide.Inbound, "users", "connect_failed", trace: new string('a', 32)).At("app")));
        Assert.Equal("app_error", Named(finding));
    }

    /// <summary>Clocks that differ by a second do not part what belongs together; records that contradict each other end all the same.</summary>
    [Fact]
    public void Records_that_lead_in_a_circle_end()
    {
        SidecarCalls[] told =
        [
            Sidecar("a", "a-1", Call(CallSide.Outbound, "b", "grpc_status", trace: Trace, afterMs: 1000).At("b-1"), Call(CallSide.Inbound, "a", "grpc_status", trace: Trace).At("app")),
            Sidecar("b", "b-1", Call(CallSide.Outbound, "a", "grpc_status", trace: Trace).At("a-1"), Call(CallSide.Inbound, "b", "grpc_status", trace: Trace).At("app")),
        ];
        Assert.Equal("app_error", Named(Explain(told)));
        Assert.NotEmpty(new Investigation(new Evidence(told)).Outermost(_ => true));
    }

    /// <summary>Three attempts leave three records at the callee: they are one call, that its caller made.</summary>
    [Fact]
    public void Attempts_of_one_call_are_one_call()
    {
        var call = Call(CallSide.Outbound, "users", "refused_stream", trace: Trace).At("users-1").At("users-1").At("users-1");
        CallReport[] attempts = [.. Enumerable.Range(0, 3).Select(at => Call(CallSide.Inbound, "users", "connect_failed", trace: Trace, afterMs: at).At("app"))];
        var other = Call(CallSide.Outbound, "users", "refused_stream", trace: new string('a', 32), afterMs: 60_000).At("users-1");
        var evidence = new Evidence([Sidecar("orders", "orders-1", call, other), Sidecar("users", "users-1", attempts)]);
        Assert.Equal([other, call], new Investigation(evidence).Outermost(_ => true).Select(one => one.Call));
    }

    [Fact]
    public void What_is_empty_is_no_reason_to_fail()
    {
        var finding = Explain(new SidecarCalls { Calls = { new CallReport { Reason = "deadline_exceeded" } } });
        Assert.NotEmpty(FindingMessage.Of(finding, [], []).Summary);
    }

    [Fact]
    public void A_finding_says_what_when_where_and_what_to_do()
    {
        var message = FindingMessage.Of(Explain(Sidecar("orders", "orders-1", Call(CallSide.Outbound, "users", "connect_failed").At("users-1", "connection refused"))), [], ["cart/cart-1"]);
        Assert.Equal("/shop.Users/Get of orders/orders-1 to 'users' failed with UNAVAILABLE after 10 ms, at 2026-01-01 12:00:00.000Z", message.Summary);
        Assert.Equal(("instance_gone", "users/users-1", "10.0.0.7:15006: connection refused"), (message.Causes[0].Cause, message.Causes[0].Where, message.Causes[0].Detail));
        Assert.Equal("cart/cart-1", Assert.Single(message.Silent));
    }

    private static Finding Explain(params SidecarCalls[] told) => new Investigation(new Evidence(told)).Explain(new Evidence(told[..1]).All[0]);
}
