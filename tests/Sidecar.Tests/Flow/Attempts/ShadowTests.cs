using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow.Attempts;

/// <summary>A copy of a call whose answer is for nobody: it gets all of the request, and the call never waits for it.</summary>
public sealed class ShadowTests
{
    private readonly FlowRig _rig = new(servers: 2);
    private readonly CatchPhase _calls = new();

    public ShadowTests() => _calls.Install(_rig);

    [Fact]
    public void It_gets_the_request_and_its_answer_goes_nowhere()
    {
        var (caller, up, shadow) = Begin(end: false);
        caller.Send(Message(1, end: true));
        Assert.Equal("DATA 1 15 end", shadow.Take()[^1]);
        shadow.Send(TrailersOnly(1, "grpc-status: 13"));
        caller.Reads();
        up.Take();
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        _rig.AssertAtRest();
    }

    [Fact]
    public void It_goes_on_when_the_call_is_over_and_is_given_up_if_it_never_ends()
    {
        var (caller, up, shadow) = Begin(end: true);
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        shadow.Reads();
        shadow.Send(Head(1), Message(1));
        shadow.Reads();
        _rig.Advance(TimeSpan.FromSeconds(15));
        shadow.Reads("RST_STREAM 1 CANCEL");
        _rig.AssertAtRest();
    }

    [Fact]
    public void One_that_takes_nothing_holds_nobody_up_and_is_given_up()
    {
        var (caller, up, shadow) = Begin(end: false, window: 0);
        for (var i = 0; i < 6; i++)
        {
            caller.Send(Message(1, 16_000));
        }

        shadow.Reads("RST_STREAM 1 CANCEL"); // more than 64 KiB wait for it
        Assert.Equal(6 * 16_005, up.Take().Where(frame => frame.StartsWith("DATA", StringComparison.Ordinal)).Sum(frame => int.Parse(frame.Split(' ')[2], null)));
        caller.Send(Message(1, end: true));
        up.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        _rig.AssertAtRest();
    }

    [Fact]
    public void That_it_cannot_be_reached_is_nobodys_concern()
    {
        var (caller, server, up) = _rig.Begin();
        Shadow(server).Refuse();
        caller.Reads();
        up.Take();
        up.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        _rig.AssertAtRest();
    }

    private (Caller Caller, ServerConnection Up, ServerConnection Shadow) Begin(bool end, uint window = 1 << 16)
    {
        var (caller, server, up) = _rig.Begin(end);
        up.Send(Frames.WindowUpdate(1, 1 << 20));
        var shadow = Shadow(server).Accept((4, window));
        Assert.StartsWith("HEADERS 1 :method=POST", shadow.Take().First(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)), StringComparison.Ordinal);
        return (caller, up, shadow);
    }

    /// <returns>Where it goes.</returns>
    private Server Shadow(Server server)
    {
        server.Endpoint.State.Model = server.Endpoint.State.Model with { IsHealthy = false }; // so that it goes to the other
        Assert.True(_calls.Last.Flow.Attempts.TryShadow(_calls.Last, _rig.Cluster));
        server.Endpoint.State.Model = server.Endpoint.State.Model with { IsHealthy = true };
        _rig.Loop.Turn();
        return _rig.Other(server);
    }
}
