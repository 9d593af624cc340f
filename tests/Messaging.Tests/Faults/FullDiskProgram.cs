using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite;

namespace Mesh.Messaging.Tests.Faults;

/// <summary>A process on a disk that becomes full, and then has room again. It says "well", or what was not as was promised.</summary>
internal static class FullDiskProgram
{
    private static readonly BacklogName Queue = BacklogName.Queue("q");

    /// <param name="folder">On a small disk.</param>
    public static async Task RunAsync(string folder)
    {
        var filler = Path.Combine(folder, "filler");
        var file = Path.Combine(folder, "messages.db");
        var engine = SqliteEngine.Open(file, new SqliteOptions(), TimeProvider.System, Console.Error.WriteLine);
        await engine.CreateQueueAsync("q", new QueueOptions());
        await File.WriteAllBytesAsync(filler, new byte[9 * 1024 * 1024]);
        var stored = new List<long>();
        var refusal = await PublishUntilRefusedAsync(engine, stored);
        Expect(refusal.Kind == RefusalKind.ResourceExhausted && refusal.Message.Contains("no room left", StringComparison.Ordinal), refusal.Message);
        Expect((await engine.PeekAsync(Queue, Phase.Ready, 0, 1000)).Value!.Count == Math.Min(stored.Count, 1000), "what is there cannot be looked at");

        File.Delete(filler);
        Expect((await PublishAsync(engine)).IsDone, "there is room, and nothing is published");
        Expect(engine.Fault is null, "there is room, and the fault is still told");
        await engine.DisposeAsync();

        await using var again = SqliteEngine.Open(file, new SqliteOptions(), TimeProvider.System, Console.Error.WriteLine);
        var there = new HashSet<long>();
        while ((await again.ClaimAsync(Queue, new Claim { Holder = "a", Count = 1000 })).Value!.Deliveries is { Count: > 0 } deliveries)
        {
            there.UnionWith(deliveries.Select(one => one.Message.Sequence));
        }

        Expect(stored.TrueForAll(there.Contains) && there.Count == stored.Count + 1, $"{stored.Count} + 1 were published, {there.Count} are there");
        Console.WriteLine("well");
    }

    private static async Task<Refusal> PublishUntilRefusedAsync(SqliteEngine engine, List<long> stored)
    {
        while (true)
        {
            var published = await PublishAsync(engine);
            if (published.Refusal is { } refusal)
            {
                return refusal;
            }

            stored.Add(published.Value![0].Sequence);
        }
    }

    private static Task<Outcome<IReadOnlyList<Published>>> PublishAsync(SqliteEngine engine) =>
        engine.PublishAsync("q", [new QueueMessage { Message = new Message { Data = new byte[20_000] } }]);

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
