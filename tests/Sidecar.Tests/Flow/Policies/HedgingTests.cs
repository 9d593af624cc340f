using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>A call that waits too long for its answer is sent to another endpoint as well.</summary>
public sealed class HedgingTests
{
    private static readonly HedgingOptions AfterFiftyMs = new() { Delay = TimeSpan.FromMilliseconds(50), Methods = new MethodSet(["/pkg.Echo/"]) };

    [Fact]
    public void After_the_delay_another_endpoint_is_asked_and_the_first_answer_is_the_calls()
    {
        var rig = Rig(AfterFiftyMs);
        var (caller, first, firstUp) = rig.Begin();
        rig.Advance(49);
        Assert.False(rig.Other(first).HasPending);
        rig.Advance(2);
        var secondUp = rig.Other(first).Accept();
        Assert.Contains("grpc-previous-rpc-attempts=1", secondUp.Take().Single(), StringComparison.Ordinal);
        secondUp.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        firstUp.Reads("RST_STREAM 1 CANCEL");
        Assert.Equal((1, 0), (rig.Cluster.Statistics.Hedges, rig.Cluster.Statistics.Retries));
        rig.AssertAtRest();
    }

    [Fact]
    public void An_answer_in_time_leaves_the_others_alone()
    {
        var rig = Rig(AfterFiftyMs);
        var (caller, first, up) = rig.Begin();
        rig.Advance(40);
        up.Answer(1);
        caller.Take();
        rig.Advance(100);
        Assert.False(rig.Other(first).HasPending);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_is_itself_another_attempt_is_not_sent_twice()
    {
        var rig = Rig(AfterFiftyMs);
        var (caller, first, up) = rig.Begin(more: "grpc-previous-rpc-attempts: 1");
        rig.Advance(100);
        Assert.False(rig.Other(first).HasPending);
        up.Answer(1);
        caller.Take();
        rig.AssertAtRest();
    }

    [Fact]
    public void What_may_not_be_executed_twice_is_not()
    {
        var rig = Rig(AfterFiftyMs with { Methods = new MethodSet(["/pkg.Other/"]) });
        var (caller, first, up) = rig.Begin();
        rig.Advance(100);
        Assert.False(rig.Other(first).HasPending);
        up.Answer(1);
        caller.Take();
        rig.AssertAtRest();

        Assert.True(IsHedged(Rig(AfterFiftyMs), "GET"));
        Assert.False(IsHedged(Rig(AfterFiftyMs), "PUT"));
        Assert.False(IsHedged(Rig(AfterFiftyMs), "POST"));
        Assert.False(IsHedged(Rig(AfterFiftyMs with { Methods = MethodSet.All }), null)); // none is named
    }

    [Fact]
    public void There_are_no_more_attempts_than_the_policy_and_the_budget_allow()
    {
        var rig = Rig(AfterFiftyMs with { MaxAttempts = 3 }, servers: 4);
        var caller = rig.Caller();
        caller.Call();
        for (var i = 0; i < 5; i++)
        {
            rig.Advance(51);
        }

        Assert.Equal(3, rig.Servers.Sum(server => server.Attempts));

        var poor = Rig(AfterFiftyMs, retry: new RetryOptions { BudgetPercent = 0, BudgetMinPerSecond = 0 });
        var (_, first, _) = poor.Begin();
        poor.Advance(51);
        Assert.False(poor.Other(first).HasPending);
    }

    [Fact]
    public void Where_there_is_nobody_else_to_ask_nothing_is_taken_from_the_budget()
    {
        var rig = Rig(AfterFiftyMs, servers: 1);
        rig.Begin();
        var before = rig.Cluster.DefaultRoute.Budget.Available(rig.Loop.Now);
        rig.Advance(51);
        Assert.Equal(1, rig.Servers[0].Attempts);
        Assert.Equal(before, rig.Cluster.DefaultRoute.Budget.Available(rig.Loop.Now));
    }

    [Fact]
    public void While_a_retry_is_waited_for_there_is_no_hedge()
    {
        var rig = Rig(AfterFiftyMs, retry: new RetryOptions
        {
            RetriableCodes = 1u << 14,
            BackoffBase = TimeSpan.FromSeconds(10),
            BackoffMax = TimeSpan.FromSeconds(10),
        });
        var (_, first, up) = rig.Begin();
        up.Send(ServerConnection.TrailersOnly(1, "grpc-status: 14"));
        rig.Advance(100);
        Assert.False(rig.Other(first).HasPending);
    }

    private static bool IsHedged(FlowRig rig, string? method)
    {
        var caller = rig.Caller();
        if (method is null)
        {
            caller.Call();
        }
        else
        {
            caller.Get(method: method);
        }

        rig.Wanted().Accept();
        rig.Advance(51);
        return rig.Servers.Any(server => server.HasPending);
    }

    private static FlowRig Rig(HedgingOptions hedging, int servers = 2, RetryOptions? retry = null) =>
        new(servers, Plain with { Hedging = hedging, Retry = retry ?? RetryOptions.Default });
}
