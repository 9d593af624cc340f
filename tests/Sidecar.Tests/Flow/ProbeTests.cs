using Mesh.Conformance.Peer;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
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
    [InlineData("a head", BreakerState.Closed)]
    [InlineData("a head that says it is bad", BreakerState.Open)]
    [InlineData("a page", BreakerState.Open)]
    [InlineData("a fault of the application", BreakerState.Closed)]
    [InlineData("reset", BreakerState.Open)]
    [InlineData("cut off", BreakerState.Open)]
    [InlineData("mute", BreakerState.Open)]
    [InlineData("malformed", BreakerState.Open)]
    [InlineData("silent", BreakerState.HalfOpen)]
    public void A_probe_leaves_the_breaker(string end, BreakerState expected)
    {
        // A budget of none, so that a refused probe is not tried again at once.
        var rig = new FlowRig(policy: Plain with
        {
            Breaker = new BreakerOptions { MaxEjectionPercent = 100 },
            Retry = new() { BudgetPercent = 0, BudgetMinPerSecond = 0, ReplayLimitBytes = 0 },
        });
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
            case "a head":
                up.Send(Head(1));
                break;
            case "a head that says it is bad":
                up.Send(TrailersOnly(1, "grpc-status: 14"));
                break;
            case "a page":
                up.Send(Frames.Headers(1, HeaderBlock.Of([":status: 200", "content-type: text/html"])));
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
                up.Send(TrailersOnly(1, "x-a: b"));
                break;
            case "malformed":
                up.Send(TrailersOnly(1, ":path: /"));
                break;
            case "silent":
                Assert.Contains("open circuit", Refused(caller), StringComparison.Ordinal); // one probe at a time
                rig.Advance(TimeSpan.FromSeconds(60));
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

    private static string Refused(Caller caller)
    {
        caller.Take();
        caller.Call();
        return Assert.Single(caller.Take());
    }

    /// <summary>Failures open it, time makes it half open, and there is a connection for the probe, of which nothing is used.</summary>
    private static (Caller Caller, ServerConnection Up) OpenBreaker(FlowRig rig)
    {
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        for (uint id = 3; id < 10; id += 2)
        {
            caller.Call();
            up.Send(TrailersOnly(id, "grpc-status: 14"));
        }

        up.Cut();
        caller.Take();
        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        rig.Advance(TimeSpan.FromSeconds(70));
        // A call that is cancelled while it waits makes the connection.
        var probe = caller.Call();
        var fresh = server.Accept();
        caller.Reset(probe);
        fresh.Take();
        fresh.Cut();
        Assert.Equal(BreakerState.HalfOpen, server.BreakerAt(rig.Loop.Now));
        probe = caller.Call();
        caller.Reset(probe);
        fresh = server.Accept();
        caller.Take();
        Assert.Empty(fresh.Take());
        return (caller, fresh);
    }
}
