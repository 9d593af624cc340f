using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(a) One of five endpoints is ten times slower than the others: what becomes of the slowest calls.</summary>
internal static class SlowEndpoint
{
    private const double Median = 10;
    private const int PerSecond = 1_000;
    private const int Seconds = 60;
    private const int Callers = 4;

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(a) One endpoint of five is ten times slower",
            $"{Callers} callers, {PerSecond} calls/s for {Seconds} s; an answer takes {Median} ms in the median, of the slow endpoint {10 * Median} ms.",
            "endpoints, balancing", "calls", "p50", "p90", "p99", "p99.9", "to the slow one");
        var alone = Line(table, setup, "four healthy ones, peak EWMA", BalancerKind.PeakEwma, healthy: 4, slow: 0);
        var ewma = Line(table, setup, "and the slow one, peak EWMA", BalancerKind.PeakEwma, healthy: 4, slow: 1);
        Line(table, setup, "and the slow one, least request", BalancerKind.LeastRequest, healthy: 4, slow: 1);
        Line(table, setup, "and the slow one, round robin", BalancerKind.RoundRobin, healthy: 4, slow: 1);
        return new RowResult(table, [Verdict.AtMost("a", "p99 beside that of the four healthy ones alone", ewma / alone, 1.15, Text.Times)]);
    }

    /// <returns>The 99th percentile, in ms.</returns>
    private static double Line(Table table, Setup setup, string name, BalancerKind kind, int healthy, int slow)
    {
        var world = new World(setup.Seed);
        var servers = new List<ScriptedServer>();
        for (var i = 0; i < healthy + slow; i++)
        {
            var median = i < slow ? 10 * Median : Median;
            var places = new WorkPlaces(world);
            servers.Add(new ScriptedServer(world, call => places.Do(Durations.Next(ref world.Random, median), () => call.Reply(GrpcStatus.Ok))));
        }

        var fleet = new Fleet(world, servers, new ServicePolicyOptions { Balancing = new BalancingOptions { Kind = kind } }, Callers);
        var load = new Simulated.Load(world, fleet.Callers, Fleet.Service, PerSecond);
        load.Run(setup.Span(Seconds));
        var toSlow = servers.Take(slow).Sum(server => server.Calls);
        table.Add(
            name, Text.Count(load.Begun), Text.Milliseconds(load.Percentile(50)), Text.Milliseconds(load.Percentile(90)),
            Text.Milliseconds(load.Percentile(99)), Text.Milliseconds(load.Percentile(99.9)), Text.Percent((double)toSlow / load.Begun));
        return load.Percentile(99);
    }
}
