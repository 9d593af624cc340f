using System.Globalization;
using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(e) An endpoint goes: how many keys lead elsewhere then, of those that led to others before.</summary>
internal static class HashedKeys
{
    private const string Header = "x-user";
    private const int Keys = 20_000;

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            "(e) An endpoint goes, and keys move",
            $"{Text.Count(setup.Calls(Keys))} keys in a header, with each of the endpoints gone in turn; what must move is what led to it.",
            "table, endpoints", "1/n", "moved on average", "at most", "moved of those that led to others");
        var verdicts = new List<Verdict>();
        foreach (var kind in (BalancerKind[])[BalancerKind.RingHash, BalancerKind.Maglev])
        {
            foreach (var endpoints in (int[])[5, 10])
            {
                var moved = Moved(setup, kind, endpoints);
                var name = kind == BalancerKind.Maglev ? "maglev" : "ring hash";
                table.Add(
                    $"{name}, {endpoints}", Text.Percent(1.0 / endpoints), Text.Percent(moved.Average(one => one.All)),
                    Text.Percent(moved.Max(one => one.All)), Text.Percent(moved.Max(one => one.OfOthers)));
                verdicts.Add(Verdict.AtMost("e", $"keys that move with {name}, of {endpoints}", moved.Max(one => one.All), 1.2 / endpoints, Text.Percent));
            }
        }

        return new RowResult(table, verdicts);
    }

    /// <summary>With each of the endpoints gone, the share of keys that lead elsewhere.</summary>
    private static List<(double All, double OfOthers)> Moved(Setup setup, BalancerKind kind, int endpoints)
    {
        var world = new World(setup.Seed);
        var servers = Enumerable.Range(0, endpoints).Select(_ => new ScriptedServer(world, call => call.Reply(GrpcStatus.Ok))).ToArray();
        var policy = new ServicePolicyOptions
        {
            Balancing = new BalancingOptions { Kind = kind, HashOn = [new HashOptions(HashSource.Header, Header)] },
        };
        var fleet = new Fleet(world, servers, policy, callers: 1);
        var keys = Enumerable.Range(0, setup.Calls(Keys)).Select(i => string.Create(CultureInfo.InvariantCulture, $"user-{i * 7919}")).ToArray();
        var before = Places(world, fleet, keys);
        var moved = new List<(double, double)>();
        foreach (var gone in servers)
        {
            fleet.Sidecars[0].Learn(Fleet.Service, policy, [.. servers.Where(server => server != gone).Select(server => SimulatedSidecar.At(server.Address))]);
            var after = Places(world, fleet, keys);
            var elsewhere = keys.Count(key => after[key] != before[key]);
            var others = keys.Count(key => before[key] != gone.Name && after[key] != before[key]);
            moved.Add(((double)elsewhere / keys.Length, (double)others / keys.Length));
        }

        return moved;
    }

    private static Dictionary<string, string> Places(World world, Fleet fleet, string[] keys)
    {
        var places = new Dictionary<string, string>();
        foreach (var key in keys)
        {
            fleet.Callers[0].Call(Fleet.Service, end => places.Add(key, end.Server), (Header, key));
            world.Settle();
        }

        return places;
    }
}
