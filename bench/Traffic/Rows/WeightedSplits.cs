using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(f) A route's calls are split by weight: how near each share comes to it.</summary>
internal static class WeightedSplits
{
    private const int Calls = 100_000;

    private static readonly int[][] Splits = [[90, 10], [99, 1], [50, 30, 20], [1, 1, 1, 1, 1, 1, 1]];

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(f) Calls are split by weight",
            $"{Text.Count(setup.Calls(Calls))} calls; how far the share that is farthest off is from its weight, in percent of the calls.",
            "weights", "shares", "farthest off");
        var verdicts = new List<Verdict>();
        foreach (var weights in Splits)
        {
            var shares = Shares(setup, weights);
            var off = shares.Zip(weights, (share, weight) => Math.Abs(share - ((double)weight / weights.Sum()))).Max();
            var name = string.Join(":", weights);
            table.Add(name, string.Join(", ", shares.Select(Text.Percent)), Text.Percent(off));
            verdicts.Add(Verdict.AtMost("f", $"farthest off {name}", off, 0.01, Text.Percent));
        }

        return new RowResult(table, verdicts);
    }

    private static double[] Shares(Setup setup, int[] weights)
    {
        var world = new World(setup.Seed);
        var servers = weights.Select(_ => new ScriptedServer(world, call => call.Reply(GrpcStatus.Ok))).ToArray();
        var sidecar = new SimulatedSidecar(world);
        sidecar.Learn(
            Fleet.Service,
            new ServicePolicyOptions
            {
                Routes =
                [
                    new RouteOptions
                    {
                        Name = "split",
                        Backends = [.. weights.Select((weight, i) => new BackendOptions { Subset = new EndpointSubset(Version(i), []), Weight = weight })],
                    },
                ],
            },
            [.. servers.Select((server, i) => SimulatedSidecar.At(server.Address, Version(i)))]);
        var caller = new SimulatedCaller(world, sidecar.Outbound);
        var calls = setup.Calls(Calls);
        for (var i = 0; i < calls; i++)
        {
            caller.Call(Fleet.Service, static _ => { });
            world.Settle();
        }

        return [.. servers.Select(server => (double)server.Calls / calls)];
    }

    private static string Version(int index) => $"v{index + 1}";
}
