using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(b) One of five endpoints fails within a millisecond: how many calls it gets for being so fast.</summary>
internal static class FailingEndpoint
{
    private const double Median = 10;
    private const int Endpoints = 5;
    private const int PerSecond = 1_000;
    private const int Seconds = 60;
    private const int LearnedAfter = 10;
    private const int Callers = 4;

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(b) One endpoint of five fails within 1 ms",
            $"{Callers} callers, {PerSecond} calls/s for {Seconds} s, no retries; "
                + "from the beginning one endpoint answers each call with the code after 1 ms.",
            "answer, balancing", "calls", "to the failing one", $"after {LearnedAfter} s", "calls failed");
        var verdicts = new List<Verdict>();
        foreach (var (code, name) in ((int, string)[])
        [
            (GrpcStatus.Internal, "INTERNAL"),
            (GrpcStatus.Unavailable, "UNAVAILABLE"),
            (GrpcStatus.ResourceExhausted, "RESOURCE_EXHAUSTED"),
        ])
        {
            var (all, late) = Line(table, setup, $"{name}, peak EWMA, no breaker", code, BalancerKind.PeakEwma, hasBreaker: false);
            verdicts.Add(Verdict.AtMost("b", $"share of the one that answers {name}", all, 1.0 / Endpoints, Text.Percent));
            verdicts.Add(Verdict.AtMost("b", $"the same after {LearnedAfter} s", late, 0.02, Text.Percent));
        }

        Line(table, setup, "UNAVAILABLE, peak EWMA, breaker", GrpcStatus.Unavailable, BalancerKind.PeakEwma, hasBreaker: true);
        Line(table, setup, "INTERNAL, round robin, no breaker", GrpcStatus.Internal, BalancerKind.RoundRobin, hasBreaker: false);
        Line(table, setup, "INTERNAL, least request, no breaker", GrpcStatus.Internal, BalancerKind.LeastRequest, hasBreaker: false);
        return new RowResult(table, verdicts);
    }

    /// <returns>The failing one's share of all calls, and of those after it is known.</returns>
    private static (double All, double Late) Line(Table table, Setup setup, string name, int code, BalancerKind kind, bool hasBreaker)
    {
        var world = new World(setup.Seed);
        var failing = new ScriptedServer(world, call => world.After(TimeSpan.TicksPerMillisecond, () => call.Reply(code)));
        var healthy = Enumerable.Range(1, Endpoints - 1).Select(_ =>
        {
            var places = new WorkPlaces(world);
            return new ScriptedServer(world, call => places.Do(Durations.Next(ref world.Random, Median), () => call.Reply(GrpcStatus.Ok)));
        });
        var policy = new ServicePolicyOptions
        {
            Balancing = new BalancingOptions { Kind = kind },
            Breaker = new BreakerOptions { Enabled = hasBreaker },
        };
        var load = new Simulated.Load(world, new Fleet(world, [failing, .. healthy], policy, Callers).Callers, Fleet.Service, PerSecond);
        load.Run(setup.Span(Seconds));
        var late = load.Ended.Where(call => call.Began >= setup.Span(LearnedAfter).Ticks).ToArray();
        var (allShare, lateShare) = ((double)failing.Calls / load.Begun, (double)late.Count(call => call.End.Server == failing.Name) / late.Length);
        table.Add(
            name, Text.Count(load.Begun), Text.Percent(allShare), Text.Percent(lateShare), Text.Count(load.Ended.Count(call => !call.End.IsGood)));
        return (allShare, lateShare);
    }
}
