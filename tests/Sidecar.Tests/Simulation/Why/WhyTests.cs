using Mesh.Diagnosis;
using Mesh.Diagnosis.Causes;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Tests.Simulation.Why;

/// <summary>Whatever goes wrong, its cause is named afterwards, over all hops, from what sidecars remember without having been asked to.</summary>
public sealed class WhyTests
{
    public static TheoryData<string> Happenings => [.. Provoked.All.Keys];

    [Theory]
    [MemberData(nameof(Happenings))]
    public void The_cause_is_named(string happening)
    {
        var (causes, bring) = Provoked.All[happening];
        var scene = new Scene();
        bring(scene);
        var finding = happening.StartsWith("attempts make", StringComparison.Ordinal) ? scene.WhyLast() : scene.Why();
        Assert.True(causes == Named(finding), $"{Named(finding)} of {finding.Path[^1].Call}");
        Assert.All(finding.Links, link => Assert.NotEmpty(link.Where));
    }

    [Fact]
    public void A_sidecar_short_of_memory_is_named()
    {
        var used = 0L;
        var memory = new MemoryBudget(1_000_000, () => used);
        var scene = new Scene(memory);
        scene.Learn("users", ServicePolicyOptions.Default, scene.Beside("users", static call => call.Reply(GrpcStatus.Ok)));
        used = 850_000;
        memory.Look();
        scene.Call("users");
        Assert.Equal("MemoryExhausted", Named(scene.Why()));
    }

    [Fact]
    public void A_control_plane_that_cannot_be_asked_is_named()
    {
        var scene = new Scene(isWhole: false);
        scene.Front.SetOutOfReach("no control plane can be reached");
        scene.Call("users");
        Assert.Equal("NoControlPlane", Named(scene.Why()));
    }

    [Fact]
    public void What_goes_well_and_quickly_is_not_remembered()
    {
        var scene = new Scene();
        scene.Learn("users", ServicePolicyOptions.Default, scene.Beside("users", static call => call.Reply(GrpcStatus.Ok)));
        scene.CallOften(100, "users");
        Assert.All(scene.Told(), told => Assert.Empty(told.Calls));
    }

    [Fact]
    public void Others_that_failed_for_the_same_reason_are_counted()
    {
        var scene = new Scene();
        scene.Learn("users", new ServicePolicyOptions { Breaker = new() { Enabled = false } }, scene.Beside("users", static call => call.Reply(GrpcStatus.Internal)));
        scene.CallOften(7, "users");
        var investigation = new Investigation(new Diagnosis.Records.Evidence(scene.Told()));
        Assert.Equal(6, investigation.SameCause(scene.Why()).Count);
    }

    /// <summary>As many as are worth the name: no cause is in the table that nothing brings about here, but what memory cannot show.</summary>
    [Fact]
    public void Nearly_every_cause_is_provoked()
    {
        // TLS, name look-up, routes of packets, protocols and caller's ends need more than this network has: tests/Diagnosis.Tests has them as records.
        Cause[] elsewhere =
        [
            Cause.AppBreaksProtocol, Cause.AppWrongProtocol, Cause.NetworkUnreachable, Cause.NameUnresolved, Cause.TlsFailed, Cause.InstanceLeaves,
            Cause.PeerBreaksProtocol, Cause.CallerGaveUp, Cause.CalleesSidecar, Cause.Unknown, Cause.MemoryExhausted, Cause.NoControlPlane,
            Cause.AccessDenied, Cause.StreamAged,
        ];
        var provoked = Provoked.All.Values.SelectMany(one => one.Causes.Split(' ')).Select(Enum.Parse<Cause>).ToHashSet();
        Assert.Equal(Enum.GetValues<Cause>().Except(elsewhere).Order(), provoked.Order());
        Assert.True(Provoked.All.Count >= 30);
    }

    private static string Named(Finding finding) => string.Join(' ', finding.Links.Select(link => link.Cause));
}
