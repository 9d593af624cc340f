using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Hedging;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(d) One of five endpoints stands still for a second at every hundredth call: what hedging makes of it, and what that costs.</summary>
internal static class StallingEndpoint
{
    private const double Median = 10;
    private const int Endpoints = 5;
    private const int PerSecond = 100;
    private const int Seconds = 600;
    private const int Callers = 2;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(30);

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(d) One endpoint of five stands still for 1 s at every 100th call",
            $"{Callers} callers, {PerSecond} calls/s for {Seconds} s; an answer takes {Median} ms in the median, "
                + $"and hedges are sent after {Delay.TotalMilliseconds} ms.",
            "balancing, hedging", "calls", "p50", "p99", "p99.9", "more load");
        Line(table, setup, "round robin, none", BalancerKind.RoundRobin, null);
        var hedged = Line(table, setup, "round robin, after the delay", BalancerKind.RoundRobin, Hedging());
        Line(table, setup, "peak EWMA, none", BalancerKind.PeakEwma, null);
        var both = Line(table, setup, "peak EWMA, after the delay", BalancerKind.PeakEwma, Hedging());
        Line(table, setup, "peak EWMA, at p97", BalancerKind.PeakEwma, Hedging() with { Delay = TimeSpan.FromMilliseconds(1), Percentile = 97 });
        return new RowResult(table, [.. Verdicts("round robin", hedged), .. Verdicts("peak EWMA", both)]);
    }

    private static Verdict[] Verdicts(string balancing, (double P50, double P99, double More) figures) =>
    [
        Verdict.AtMost("d", $"p99 with {balancing}, beside p50 and the delay", figures.P99 / (figures.P50 + Delay.TotalMilliseconds), 1.1, Text.Times),
        Verdict.AtMost("d", $"more load with {balancing}", figures.More, 0.05, Text.Percent),
    ];

    private static HedgingOptions Hedging() => new() { Delay = Delay, Methods = new MethodSet(["/bench.Traffic/"]) };

    private static (double P50, double P99, double More) Line(Table table, Setup setup, string name, BalancerKind kind, HedgingOptions? hedging)
    {
        var world = new World(setup.Seed);
        var servers = Enumerable.Range(0, Endpoints).Select(i =>
        {
            var places = new WorkPlaces(world);
            var calls = 0;
            return new ScriptedServer(world, call =>
            {
                if (i == 0 && ++calls % 100 == 0)
                {
                    places.StandStill(TimeSpan.TicksPerSecond);
                }

                places.Do(Durations.Next(ref world.Random, Median), () => call.Reply(GrpcStatus.Ok));
            });
        }).ToArray();
        var policy = new ServicePolicyOptions { Balancing = new BalancingOptions { Kind = kind }, Hedging = hedging };
        var load = new Simulated.Load(world, new Fleet(world, servers, policy, Callers).Callers, Fleet.Service, PerSecond);
        load.Run(setup.Span(Seconds));
        var more = ((double)servers.Sum(server => server.Calls) / load.Begun) - 1;
        table.Add(
            name, Text.Count(load.Begun), Text.Milliseconds(load.Percentile(50)), Text.Milliseconds(load.Percentile(99)),
            Text.Milliseconds(load.Percentile(99.9)), Text.Percent(more));
        return (load.Percentile(50), load.Percentile(99), more);
    }
}
