using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class CallRecordsTests
{
    [Fact]
    public void Records_come_out_as_they_went_in_and_those_without_room_are_counted()
    {
        var records = new CallRecords(Direction.Inbound, size: 4);
        var method = new MethodStatistics("echo", "pkg.Svc/Do");
        var seen = new List<long>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 6; i++)
            {
                records.Write(method, code: 14, OutcomeReason.ConnectFailed, ticks: (round * 10) + i);
            }

            records.Drain((direction, call) =>
            {
                Assert.Equal(Direction.Inbound, direction);
                Assert.Same(method, call.Method);
                Assert.Equal(14, call.Code);
                Assert.Equal(OutcomeReason.ConnectFailed, call.Reason);
                seen.Add(call.Ticks);
            });
        }

        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23], seen);
        Assert.Equal(6, records.Dropped);
    }

    [Fact]
    public void Sums_put_the_loops_together_by_method_and_code()
    {
        var statistics = new ClusterStatistics("echo");
        for (var loop = 0; loop < 3; loop++)
        {
            statistics.For(loop, "/pkg.Svc/Do"u8).Record(0, TimeSpan.FromMilliseconds(2).Ticks);
            statistics.For(loop, "/pkg.Svc/Do"u8).Record(14, TimeSpan.FromSeconds(20).Ticks);
        }

        var sums = CallSums.Of(statistics).ToList();
        Assert.Equal([0, 14], sums.Select(s => s.Code));
        Assert.All(sums, s => Assert.Equal(3, s.Buckets.Sum()));
        Assert.Equal(0.006, sums[0].Seconds, 6);
        Assert.Equal(3, sums[0].Buckets[Array.IndexOf(CallHistogram.Bounds, 0.0025)]);
        Assert.Equal(3, sums[1].Buckets[^1]);
    }

    [Fact]
    public void Callers_cannot_make_series_without_bound()
    {
        var statistics = new ClusterStatistics("echo");
        for (var i = 0; i < 2000; i++)
        {
            statistics.For(0, System.Text.Encoding.ASCII.GetBytes($"/pkg.Svc/Do{i}")).Record(0, 1);
        }

        var sums = CallSums.Of(statistics).ToList();
        Assert.Equal(501, sums.Count);
        Assert.Equal(1500, sums.Single(s => s.Method == "_OTHER").Buckets.Sum());
    }
}
