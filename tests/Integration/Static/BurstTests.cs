using Mesh.Integration.Processes;
using Xunit.Abstractions;

namespace Mesh.Integration.Static;

/// <summary>What a burst of callers takes who ask and do not read, and what is left of it.</summary>
[Collection(HeavyCollection.Name)]
public sealed class BurstTests(ITestOutputHelper output)
{
    private const int Connections = 10;
    private const int Streams = 100;
    private const int Rounds = 3;
    private const long Megabyte = 1_000_000;

    private static readonly byte[] Answer = new byte[Megabyte];

    [Fact]
    public async Task Answers_that_nobody_takes_have_a_budget_and_their_memory_is_given_back()
    {
        await using var server = await EchoServer.StartRawAsync(
            http => http.Response.Body.WriteAsync(Answer, 0, Answer.Length, http.RequestAborted), maxStreams: Streams);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        await AskAsync(sidecar, connections: 1, streams: 1);
        if (sidecar.Process.Memory is not { } before)
        {
            return; // the system does not say
        }

        for (var round = 0; round < Rounds; round++)
        {
            await AskAsync(sidecar, Connections, Streams);
        }

        // 250 MB are within the streams' windows, 160 within the connections'; the budget is 32 MiB, and what is under way when it
        // is spent still comes.
        Assert.InRange(sidecar.Process.PeakMemory!.Value - before, 0, 120 * Megabyte);
        await Bound.UntilAsync(
            () => sidecar.Process.Memory!.Value < before + (15 * Megabyte),
            () => $"the memory is given back: {before / Megabyte} MB before, {sidecar.Process.PeakMemory / Megabyte} then, {sidecar.Process.Memory / Megabyte} now",
            limit: TimeSpan.FromMinutes(2));
        output.WriteLine($"{before / Megabyte} MB before, {sidecar.Process.PeakMemory / Megabyte} at most, {sidecar.Process.Memory / Megabyte} afterwards");
    }

    /// <summary>Connections at once that are asked for large answers and take nothing of them, until the sidecar holds all it will.</summary>
    private static async Task AskAsync(Sidecar sidecar, int connections, int streams)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => ShutWindows.ConnectAsync(sidecar.Outbound, "echo")));
        await Task.WhenAll(clients.Select(client => client.AskAsync("/big", streams, Bound.Token)));
        var (most, looks) = (0L, 0);
        await Bound.UntilAsync(
            () =>
            {
                var now = sidecar.Process.Memory ?? 0;
                looks = now > most ? 0 : looks + 1;
                most = Math.Max(most, now);
                return looks == 30;
            },
            () => "the sidecar holds all that it will");
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }
}
