using Mesh.Conformance.Peer;
using Mesh.Http2.Frames;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>The call by which a half-open breaker finds out: however it ends, the next one may find out in its place.</summary>
public sealed class ProbeTests
{
    [Theory]
    [InlineData("cancelled", BreakerState.HalfOpen)]
    [InlineData("refused", BreakerState.HalfOpen)]
    [InlineData("sent away", BreakerState.HalfOpen)]
    [InlineData("answered", BreakerState.Closed)]
    [InlineData("a message", BreakerState.Closed)]
    [InlineData("a fault of the application", BreakerState.Closed)]
    [InlineData("reset", BreakerState.Open)]
    [InlineData("cut off", BreakerState.Open)]
    [InlineData("mute", BreakerState.Open)]
    [InlineData("malformed", BreakerState.Open)]
    public void A_probe_leaves_the_breaker(string end, BreakerState expected)
    {
        // A budget of none, so that a refused probe is not tried again at once.
        var rig = new FlowRig(policy: Plain with { Retry = new() { BudgetPercent = 0, BudgetMinPerSecond = 0, ReplayLimitBytes = 0 } });
        var server = rig.Servers[0];
        var (caller, up) = OpenBreaker(rig);
        var id = caller.Call(end: false);
        caller.Send(Frames.Data(id, 10));
        switch (end)
        {
            case "cancelled":
                caller.Reset(id);
                break;
            case "refused":
                up.Send(Frames.RstStream(1, ErrorCode.RefusedStream));
                break;
            case "sent away":
                up.Send(Frames.GoAway(0, ErrorCode.NoError));
                break;
            case "answered":
                up.Answer(1);
                break;
            case "a message":
                up.Send(Head(1), Message(1));
                break;
            case "a fault of the application":
                up.Send(TrailersOnly(1, "grpc-status: 5"));
                break;
            case "reset":
                up.Send(Frames.RstStream(1, ErrorCode.InternalError));
                break;
            case "cut off":
                up.Cut();
                break;
            case "mute":
                up.Send(Head(1), Frames.Trailers(1, "x-a: b"));
                break;
            case "malformed":
                up.Send(Head(1), Frames.Trailers(1, ":path: /"));
                break;
        }

        Assert.Equal(expected, server.BreakerAt(rig.Loop.Now));
        if (expected != BreakerState.Open)
        {
            caller.Take();
            var next = caller.Call();
            if (server.HasPending)
            {
                up = server.Accept();
            }

            Assert.Contains(up.Take(), line => line.StartsWith("HEADERS", StringComparison.Ordinal));
            caller.Reset(next);
        }

        caller.Reset(id);
        rig.AssertAtRest();
    }

    /// <summary>Failures open it, time makes it half open, and there is a connection for the probe, of which nothing is used.</summary>
    private static (Caller Caller, ServerConnection Up) OpenBreaker(FlowRig rig)
    {
        var (caller, server, up) = rig.Begin();
        for (var i = 0; i < 4; i++)
        {
            caller.Call();
        }

        up.Cut();
        caller.Take();
        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        rig.Advance(TimeSpan.FromSeconds(70));
        // A call that is cancelled while it waits makes the connection.
        var id = caller.Call();
        var fresh = server.Accept();
        caller.Reset(id);
        fresh.Take();
        fresh.Cut();
        Assert.Equal(BreakerState.HalfOpen, server.BreakerAt(rig.Loop.Now));
        id = caller.Call();
        caller.Reset(id);
        fresh = server.Accept();
        caller.Take();
        Assert.Empty(fresh.Take());
        return (caller, fresh);
    }
}
