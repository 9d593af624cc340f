using Mesh.Policy.Limiting;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>A limit on calls under way that follows how long they take.</summary>
public sealed class AdaptiveLimitTests
{
    [Fact]
    public void Calls_that_take_longer_lower_it_and_what_is_above_is_refused_in_both_protocols()
    {
        var rig = new FlowRig(policy: Plain with { Limits = new LimitOptions { Adaptive = new AdaptiveOptions { Min = 2 } } });
        var (caller, _, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        Assert.Equal(20, rig.Cluster.Limit.MaxRequests);

        Round(milliseconds: 10);
        var before = rig.Cluster.Limit.MaxRequests;
        for (var i = 0; i < 8; i++)
        {
            Round(milliseconds: 1000);
        }

        var after = rig.Cluster.Limit.MaxRequests;
        Assert.True(after < before && after < 10, $"{before}, then {after}");
        for (var i = 0; i < after; i++)
        {
            caller.Call();
        }

        var refused = caller.Call();
        caller.Reads(Refusal(refused, 14, $"service 'echo': too many calls are under way (limit {after})"));
        refused = caller.Get();
        Assert.StartsWith($"HEADERS {refused} :status=503 ", caller.Take()[0], StringComparison.Ordinal);

        // Three times four calls, which overlap, and an interval between.
        void Round(int milliseconds)
        {
            for (var part = 0; part < 4; part++)
            {
                var count = Math.Min(4, rig.Cluster.Limit.MaxRequests);
                var ids = Enumerable.Range(0, count).Select(_ => caller.Call()).ToArray();
                var streams = up.Take().Where(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)).Select(frame => uint.Parse(frame.Split(' ')[1], null)).ToArray();
                Assert.Equal(ids.Length, streams.Length);
                rig.Advance(milliseconds);
                foreach (var stream in streams)
                {
                    up.Answer(stream);
                }

                caller.Take();
            }

            rig.Advance(1000);
        }
    }
}
