using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(c) Three hops with retries each, of which the last one fails: how many calls the leaf gets for each of the root's.</summary>
internal static class Amplification
{
    private const int PerSecond = 1_000;
    private const int Seconds = 60;
    private const int Instances = 2;

    private static readonly ServicePolicyOptions Policy = new()
    {
        Breaker = new BreakerOptions { Enabled = false },
        Retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable, HttpStatuses = new HttpStatusSet([503]) },
    };

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(c) Three hops, each of which retries, and a leaf that fails",
            $"""
            root → a → b → leaf, each with a sidecar and {Instances} instances; {PerSecond} calls/s for {Seconds} s; at most 3 attempts a hop
            within the default budget (20 % and 10/s a sidecar). An app answers what it was answered.
            """,
            "protocol, apps, leaf", "calls of the root", "at a", "at b", "at the leaf", "leaf for each of the root's", "root's calls failed");
        var verdicts = new List<Verdict>();
        foreach (var (name, protocol, isTraced, failing) in ((string, Protocol, bool, double)[])
        [
            ("gRPC, pass on the trace, fails all", Protocol.Http2, true, 1),
            ("gRPC, pass on nothing, fails all", Protocol.Http2, false, 1),
            ("HTTP/1.1, pass on the trace, fails all", Protocol.Http1, true, 1),
            ("HTTP/1.1, pass on nothing, fails all", Protocol.Http1, false, 1),
        ])
        {
            var factor = Line(table, setup, name, protocol, isTraced, failing);
            verdicts.Add(Verdict.AtMost("c", $"amplification, {name[..name.LastIndexOf(',')]}", factor, 1.25, Text.Times));
        }

        Line(table, setup, "gRPC, pass on the trace, fails one in five", Protocol.Http2, isTraced: true, failing: 0.2);
        Line(table, setup, "gRPC, pass on nothing, fails one in five", Protocol.Http2, isTraced: false, failing: 0.2);
        return new RowResult(table, verdicts);
    }

    private static double Line(Table table, Setup setup, string name, Protocol protocol, bool isTraced, double failing)
    {
        var world = new World(setup.Seed);
        var leaves = Make(_ => new ScriptedServer(world, call => world.After(
            5 * TimeSpan.TicksPerMillisecond, () => call.Reply(world.Random.Hits(failing * 100) ? GrpcStatus.Unavailable : GrpcStatus.Ok))));
        var ofB = Make(_ => new MiddleService(world, protocol, "leaf", isTraced));
        var ofA = Make(_ => new MiddleService(world, protocol, "b", isTraced));
        var roots = Make(_ => new SimulatedSidecar(world));
        foreach (var sidecar in ofB.Select(one => one.Sidecar))
        {
            sidecar.Learn("leaf", Policy, [.. leaves.Select(leaf => SimulatedSidecar.At(leaf.Address))]);
        }

        Learn(ofA.Select(one => one.Sidecar), "b", ofB);
        Learn(roots, "a", ofA);
        var load = new Simulated.Load(world, Make(i => new SimulatedCaller(world, roots[i].Outbound, protocol)), "a", PerSecond);
        load.Run(setup.Span(Seconds), isTraced ? () => [MiddleService.Trace(world, null)] : null);
        var atLeaf = leaves.Sum(leaf => leaf.Calls);
        var factor = (double)atLeaf / load.Begun;
        table.Add(
            name, Text.Count(load.Begun), Text.Count(ofA.Sum(one => one.Calls)), Text.Count(ofB.Sum(one => one.Calls)), Text.Count(atLeaf),
            Text.Times(factor), Text.Percent((double)load.Ended.Count(call => !call.End.IsGood) / load.Begun));
        return factor;
    }

    private static T[] Make<T>(Func<int, T> make) => [.. Enumerable.Range(0, Instances).Select(make)];

    private static void Learn(IEnumerable<SimulatedSidecar> sidecars, string name, MiddleService[] instances)
    {
        foreach (var sidecar in sidecars)
        {
            sidecar.Learn(name, Policy, [.. instances.Select(one => SimulatedSidecar.At(one.Sidecar.Inbound, isSidecar: true))]);
        }
    }
}
