using Mesh.Policy.Authorization;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Who is refused by authorization, what he is told, and what he is not.</summary>
public sealed class AuthorizeTests
{
    private readonly FlowRig _rig = new();
    private readonly StringWriter _log = new();
    private readonly Denials _denials;

    public AuthorizeTests() => _denials = new Denials("echo", new Log(Microsoft.Extensions.Logging.LogLevel.Warning, _log, _rig.Clock), _rig.Clock);

    [Fact]
    public void Who_is_refused_is_told_the_policy_and_not_the_rule_and_no_endpoint_sees_the_call()
    {
        Install(new() { Name = "callers", Allow = [Rule("secret rule") with { Identities = ["web"] }] });
        var caller = _rig.Caller();
        caller.Call();
        caller.Reads(Refusal(1, GrpcStatus.PermissionDenied, "service 'echo': its policy 'callers' does not let this call in"));
        caller.Get();
        Assert.StartsWith("HEADERS 3 :status=403 ", caller.Take()[0], StringComparison.Ordinal);
        Assert.False(_rig.Servers[0].HasPending);
        Assert.Equal(("secret rule", AuthorizationCondition.Identity, false, 2), Assert.Single(_denials.Sums));
        Assert.Contains("of somebody without an identity", _log.ToString(), StringComparison.Ordinal);
        Assert.Contains("no rule allows it; nearest is 'secret rule', but for the identity", _log.ToString(), StringComparison.Ordinal);
        _rig.AssertAtRest();
    }

    [Fact]
    public void What_a_rule_takes_that_denies_is_refused_and_all_else_goes_on()
    {
        Install(new() { Deny = [Rule("no x") with { Headers = [new() { Name = "x-a" }] }] });
        var caller = _rig.Caller();
        caller.Call(more: "x-a: b");
        caller.Reads(Refusal(1, GrpcStatus.PermissionDenied, "its policy 'authorization' does not let this call in"));
        caller.Call();
        _rig.Servers[0].Accept().Answer(1);
        Assert.StartsWith("HEADERS 3 :status=200", caller.Take()[0], StringComparison.Ordinal);
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_dry_run_refuses_nobody_and_counts_who_would_be()
    {
        Install(new() { IsDryRun = true, Deny = [Rule("all") with { Paths = ["*"] }] });
        var caller = _rig.Caller();
        caller.Call();
        _rig.Servers[0].Accept().Answer(1);
        Assert.StartsWith("HEADERS 1 :status=200", caller.Take()[0], StringComparison.Ordinal);
        Assert.Equal(("all", AuthorizationCondition.None, true, 1), Assert.Single(_denials.Sums));
        Assert.Contains("would refuse", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_is_refused_all_the_time_costs_a_line_a_second()
    {
        Install(new() { Deny = [Rule("all") with { Paths = ["*"] }] });
        var caller = _rig.Caller();
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 50; i++)
            {
                caller.Call();
                caller.Take();
            }

            _rig.Advance(1001);
        }

        var lines = _log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("(49 more since the last line)", lines[2], StringComparison.Ordinal);
    }

    private static AuthorizationRuleOptions Rule(string name) => new() { Name = name };

    private void Install(AuthorizationOptions options)
    {
        var cluster = _rig.Cluster;
        var route = cluster.DefaultRoute;
        var phase = new AuthorizePhase(new AuthorizationDecision(options), _denials);
        var with = new ClusterRoute(route.Name, [], route.Timeouts, route.Retry, route.Budget, [.. route.Phases, phase]);
        _rig.Worker.InForce.Replace(new MeshSnapshot(_rig.Worker.Snapshot.Version + 1, [cluster with { DefaultRoute = with }], isWhole: true), []);
    }
}
