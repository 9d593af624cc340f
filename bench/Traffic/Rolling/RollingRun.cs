using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Generating;
using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Rolling;

/// <summary>
/// (g) Every instance of a service is restarted, one after the other, while it is called: real processes, real sockets, this machine's
/// time. Calls go on until there were enough and each instance has had its turn.
/// </summary>
internal static class RollingRun
{
    private const int Batch = 500;

    private static readonly TimeSpan BatchLimit = TimeSpan.FromMinutes(2);

    /// <returns>The exit code: 1 if a call has failed, unless only the figures are asked for.</returns>
    public static async Task<int> RunAsync(RollingOptions options, TextWriter output, CancellationToken stop)
    {
        var table = new Table(
            "(g) Every instance is restarted under load",
            $"{options.Instances} instances, each with its sidecar (`mesh-sidecar exec`), one control plane, {options.Rate} calls/s through one caller's "
                + "sidecar, no retry policy; SIGTERM to one instance after the other.",
            "protocol", "calls", "restarts", "failed", "p50", "p99", "slowest");
        var failed = 0L;
        foreach (var protocol in (Protocol[])[Protocol.Http2, Protocol.Http1])
        {
            await using var mesh = await RollingMesh.StartAsync(options, stop);
            failed += await LineAsync(table, options, mesh, protocol, stop);
        }

        await output.WriteAsync($"{table}\n");
        await output.WriteAsync(failed == 0 ? "No call has failed: the aim is met.\n" : $"{failed} calls have failed: the aim of none is NOT MET.\n");
        return failed == 0 || options.IsReport ? 0 : 1;
    }

    private static async Task<long> LineAsync(Table table, RollingOptions options, RollingMesh mesh, Protocol protocol, CancellationToken stop)
    {
        var restarts = 0;
        var isEnough = false;
        var rolling = Task.Run(async () =>
        {
            for (; !Volatile.Read(ref isEnough) || restarts < mesh.Instances; restarts++)
            {
                await mesh.RestartAsync(restarts % mesh.Instances, stop);
            }
        }, stop);

        var load = new LoadCase
        {
            Name = "rolling",
            About = "",
            Protocol = protocol,
            Connections = protocol == Protocol.Http1 ? 50 : 2,
            Streams = 1,
            Rate = options.Rate,
            Body = protocol == Protocol.Http1 ? 0 : 100,
        };
        using var generator = new OwnLoad();
        var latencies = new List<double>();
        var (calls, failed) = (0L, 0L);
        while (!rolling.IsCompleted)
        {
            var result = await generator.RunAsync(mesh.Outbound, load, Batch, BatchLimit, stop);
            calls += result.Succeeded + result.Failed;
            failed += result.Failed;
            latencies.AddRange(result.Latencies);
            Volatile.Write(ref isEnough, calls >= options.Calls);
        }

        await rolling;
        latencies.Sort();
        table.Add(
            protocol == Protocol.Http1 ? "HTTP/1.1" : "gRPC over HTTP/2", Text.Count(calls), Text.Count(restarts), Text.Count(failed),
            At(latencies, 0.5), At(latencies, 0.99), At(latencies, 1));
        return failed;
    }

    private static string At(List<double> sorted, double share) =>
        sorted.Count == 0 ? "–" : Text.Milliseconds(sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))] / 1000);
}
