using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>An endpoint that does worse than the others gets no calls for a time.</summary>
public sealed class EjectionTests
{
    [Theory]
    [InlineData(13, true)]
    [InlineData(5, false)]
    public void It_is_judged_by_its_answers(int code, bool isOut)
    {
        var rig = new FlowRig(2, Plain with
        {
            Breaker = new BreakerOptions { Enabled = false },
            Ejection = new EjectionOptions { FailurePercentage = new FailurePercentageOptions(Threshold: 50, MinHosts: 2, RequestVolume: 5) },
        });
        rig.EjectOutliers(); // the first interval begins
        var caller = rig.Caller();
        var bad = rig.Servers[0];
        for (var call = 0; call < 40; call++)
        {
            var id = caller.Call();
            var server = rig.Servers.SingleOrDefault(one => one.HasPending) ?? Array.Find(rig.Servers, one => one.Load.InFlight > 0)!;
            var up = server.HasPending ? server.Accept() : server.Connection;
            var stream = uint.Parse(up.Take().Last(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)).Split(' ')[1], null);
            up.Send(ServerConnection.Head(stream), ServerConnection.Status(stream, server == bad ? code : 0));
            Assert.NotEqual(0u, id);
            caller.Take();
        }

        rig.Advance(9_000);
        rig.EjectOutliers();
        Assert.True(bad.Endpoint.State.Breaker.IsClosed);
        rig.Advance(1_000);
        rig.EjectOutliers();
        Assert.Equal(isOut ? BreakerState.Open : BreakerState.Closed, bad.BreakerAt(rig.Loop.Now));
        Assert.Equal(BreakerState.Closed, rig.Other(bad).BreakerAt(rig.Loop.Now));
        rig.Advance(30_000);
        Assert.Equal(isOut ? BreakerState.HalfOpen : BreakerState.Closed, bad.BreakerAt(rig.Loop.Now));
    }
}
