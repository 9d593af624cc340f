using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>(h) A service of two instances gets two more while it has streams that never end: how they are spread one max age later.</summary>
internal static class LastingStreams
{
    private const int Before = 2;
    private const int After = 4;
    private const int Streams = 200;
    private const double Age = 60;

    public static RowResult Run(Setup setup)
    {
        var table = new Table(
            $"(h) Streams that last, and {Before} instances become {After}",
            $"{Streams} streams with a message a second each; after {2 * Age:0} s the instances become {After}, and {Age:0} s later streams are counted at each. "
                + $"max_stream_age is {Age:0} s, and a stream that ends is opened again.",
            "streams, balancing", "sidecars", "at each instance", "farthest off", "streams opened", "messages", "lost");
        var verdicts = new List<Verdict>();
        Line(table, setup, "server sends, no max age", BalancerKind.PeakEwma, sidecars: 4, asks: false, age: null);
        foreach (var (name, kind) in ((string, BalancerKind)[])
        [
            ("least connections", BalancerKind.LeastConnections), ("round robin", BalancerKind.RoundRobin), ("peak EWMA", BalancerKind.PeakEwma),
        ])
        {
            foreach (var asks in (bool[])[false, true])
            {
                var what = $"{(asks ? "each answered" : "server sends")}, {name}";
                var (off, lost) = Line(table, setup, what, kind, sidecars: 4, asks, setup.Span(Age));
                if (kind != BalancerKind.PeakEwma) // which looks for the fast ones, not for an even share
                {
                    verdicts.Add(Verdict.AtMost("h", $"farthest off, {what}", off, 0.2, Text.Percent));
                }

                verdicts.Add(Verdict.AtMost("h", $"messages lost, {what}", lost, 0, value => Text.Count((long)value)));
            }
        }

        Line(table, setup, "server sends, least connections", BalancerKind.LeastConnections, sidecars: Streams, asks: false, setup.Span(Age));
        return new RowResult(table, verdicts);
    }

    /// <returns>How far the instance that is farthest off is from an even share, as a part of it, and messages that were lost.</returns>
    private static (double Off, long Lost) Line(Table table, Setup setup, string name, BalancerKind kind, int sidecars, bool asks, TimeSpan? age)
    {
        var world = new World(setup.Seed);
        var interval = setup.Span(1).Ticks;
        var servers = Enumerable.Range(0, After).Select(_ => new StreamingServer(world, interval)).ToArray();
        var policy = new ServicePolicyOptions
        {
            Balancing = new BalancingOptions { Kind = kind },
            Timeouts = new TimeoutOptions { MaxStreamAge = age },
        };
        var all = Enumerable.Range(0, sidecars).Select(_ => new SimulatedSidecar(world)).ToArray();
        Learn(Before);
        var callers = all.Select(sidecar => new SimulatedCaller(world, sidecar.Outbound)).ToArray();
        var subscribers = Enumerable.Range(0, Streams).Select(i => new Subscriber(world, callers[i % sidecars], asks ? interval : null)).ToArray();
        foreach (var subscriber in subscribers)
        {
            subscriber.Open();
        }

        world.Run(setup.Span(2 * Age));
        Learn(After);
        world.Run(setup.Span(Age));
        var (even, lost) = ((double)Streams / After, subscribers.Sum(one => one.Lost));
        var off = servers.Max(server => Math.Abs(server.Open - even)) / even;
        table.Add(
            name, Text.Count(sidecars), string.Join(", ", servers.Select(server => server.Open)), Text.Percent(off),
            Text.Count(subscribers.Sum(one => one.Streams)), Text.Count(subscribers.Sum(one => one.Received)), Text.Count(lost));
        return (off, lost);

        void Learn(int count)
        {
            foreach (var sidecar in all)
            {
                sidecar.Learn(Fleet.Service, policy, [.. servers.Take(count).Select(server => SimulatedSidecar.At(server.Address))]);
            }
        }
    }
}
