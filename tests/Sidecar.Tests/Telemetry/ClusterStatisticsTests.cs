using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.Calls;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class ClusterStatisticsTests
{
    [Fact]
    public void Sums_put_the_loops_together_by_method_and_code()
    {
        var statistics = new ClusterStatistics("echo");
        for (var loop = 0; loop < 3; loop++)
        {
            statistics.For(loop, "/pkg.Svc/Do"u8, true, 0).Record(0, TimeSpan.FromMilliseconds(2).Ticks);
            statistics.For(loop, "/pkg.Svc/Do"u8, true, 0).Record(14, TimeSpan.FromSeconds(20).Ticks);
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
            statistics.For(0, System.Text.Encoding.ASCII.GetBytes($"/pkg.Svc/Do{i}"), true, 0).Record(0, 1);
        }

        var sums = CallSums.Of(statistics).ToList();
        Assert.Equal(501, sums.Count);
        Assert.Equal(1500, sums.Single(s => s.Method == "_OTHER").Buckets.Sum());
    }

    [Fact]
    public void Methods_that_nobody_calls_any_more_are_forgotten_and_make_room()
    {
        var statistics = new ClusterStatistics("echo");
        for (var i = 0; i < 2000; i++)
        {
            statistics.For(0, System.Text.Encoding.ASCII.GetBytes($"/pkg.Svc/Do{i}"), true, 0).Record(0, 1);
        }

        var later = ClusterStatistics.IdleTime.Ticks;
        statistics.For(0, "/pkg.Svc/Do7"u8, true, later).Record(0, 1);
        statistics.ForgetIdle(0, later);
        Assert.Equal(501, CallSums.Of(statistics).Count());
        statistics.ForgetIdle(0, later + 1);
        Assert.Equal(["pkg.Svc/Do7"], CallSums.Of(statistics).Select(s => s.Method));
        statistics.For(0, "/pkg.Svc/New"u8, true, later).Record(0, 1);
        Assert.Equal(["pkg.Svc/Do7", "pkg.Svc/New"], CallSums.Of(statistics).Select(s => s.Method));
    }

    [Fact]
    public void Names_that_no_service_has_share_one_series()
    {
        var calls = new Calls(Mesh.Sidecar.Telemetry.Tracing.TraceSampling.Off);
        for (var i = 0; i < 2000; i++)
        {
            var exchange = calls.Begin(path: $"/a.B/C{i}");
            exchange.Route.Asked = exchange.Route.Cluster = null;
            calls.Telemetry.OnEnd(exchange, Outcome.Failed(OutcomeReason.UnknownService, OutcomeSource.Mesh));
        }

        var only = Assert.Single(CallSums.Of(calls.Worker.Unknown));
        Assert.Equal(("_OTHER", 2000L), (only.Method, only.Buckets.Sum()));
        Assert.Empty(CallSums.Of(calls.Statistics));
    }

    [Fact]
    public void Paths_that_no_server_has_do_not_crowd_out_those_there_are()
    {
        var calls = new Calls(Mesh.Sidecar.Telemetry.Tracing.TraceSampling.Off);
        for (var i = 0; i < 1000; i++)
        {
            calls.Telemetry.OnEnd(calls.Begin(path: $"/guess.Svc/Do{i}"), Outcome.FromGrpc(GrpcStatus.Unimplemented));
        }

        calls.Telemetry.OnEnd(calls.Begin(path: $"/pkg.Svc/{new string('x', 10_000)}"), Outcome.Ok());
        calls.Telemetry.OnEnd(calls.Begin(), Outcome.Ok());
        var sums = CallSums.Of(calls.Statistics).ToList();
        Assert.Equal(["_OTHER", "_OTHER", "pkg.Svc/Do"], sums.Select(s => s.Method));
        Assert.Equal([1, 1000, 1], sums.Select(s => s.Buckets.Sum()));
    }

    [Fact]
    public void What_is_not_gRPC_is_told_apart_by_HTTPs_methods_alone()
    {
        var calls = new Calls(Mesh.Sidecar.Telemetry.Tracing.TraceSampling.Off);
        foreach (var method in (string[])["GET", "GET", "PURGE", "get"])
        {
            var exchange = calls.Begin(path: "/users/1", method: method);
            exchange.Head.Protocol = CallProtocol.Http1;
            calls.Telemetry.OnEnd(exchange, Outcome.FromHttp(200));
        }

        Assert.Equal([("GET", 2), ("_OTHER", 2)], CallSums.Of(calls.Statistics).Select(s => (s.Method, (int)s.Buckets.Sum())));
    }
}
