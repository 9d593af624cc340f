using Mesh.Policy.Breaking;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>Where a retry finds nobody left, the caller gets what the application said, not what the mesh makes of it.</summary>
public sealed class LastAnswerTests
{
    private static readonly string[] Own = ["grpc-status: 14", "grpc-message: its own", "x-more: a"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_failure_that_opens_the_last_circuit_is_passed_on_as_it_is(bool trailersOnly)
    {
        var rig = Rig(failures: 1, pause: TimeSpan.Zero);
        var (caller, _, up) = rig.Begin();
        Fail(up, 1, trailersOnly);
        Assert.Contains("grpc-message=its own x-more=a", string.Join(' ', caller.Take()), StringComparison.Ordinal);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void So_is_one_whose_endpoint_goes_out_during_the_pause_before_the_retry(bool trailersOnly)
    {
        var rig = Rig(failures: 2, pause: TimeSpan.FromSeconds(10));
        var (caller, server, up) = rig.Begin();
        Fail(up, 1, trailersOnly);
        Assert.Empty(caller.Take()); // it waits for its retry
        var second = rig.Caller();
        second.Call();
        Fail(up, 3, trailersOnly);
        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        Assert.Contains("its own", string.Join(' ', second.Take()), StringComparison.Ordinal);
        rig.Advance(10_001);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 grpc-message=its own x-more=a end");
        rig.AssertAtRest();
    }

    private static void Fail(ServerConnection up, uint id, bool trailersOnly)
    {
        if (trailersOnly)
        {
            up.Send(TrailersOnly(id, Own));
        }
        else
        {
            up.Send(Head(id), Status(id, 14, Own[1..]));
        }
    }

    private static FlowRig Rig(int failures, TimeSpan pause) => new(policy: Plain with
    {
        Breaker = new BreakerOptions { MaxEjectionPercent = 100, ConsecutiveFailures = failures },
        Retry = new RetryOptions { RetriableCodes = 1 << 14, BackoffBase = pause, BackoffMax = pause },
    });
}
