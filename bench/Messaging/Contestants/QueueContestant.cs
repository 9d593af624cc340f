using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Sqlite;

namespace Mesh.Bench.Messaging.Contestants;

/// <summary>The engine's queues.</summary>
internal sealed class QueueContestant : IContestant
{
    private readonly SqliteEngine _engine;

    private QueueContestant(SqliteEngine engine) => _engine = engine;

    public static async Task<IContestant> StartAsync(string folder)
    {
        var engine = SqliteEngine.Open(Path.Combine(folder, "messages.db"), new SqliteOptions(), TimeProvider.System, Console.Error.WriteLine);
        await engine.CreateQueueAsync("q", new QueueOptions { MaxLength = 100_000_000 });
        return new QueueContestant(engine);
    }

    public async Task PublishAsync(int publisher, ReadOnlyMemory<byte> data)
    {
        var answer = await _engine.PublishAsync("q", [new QueueMessage { Message = new Message { Source = "bench", Data = data } }]);
        if (answer.Refusal is { } refusal)
        {
            throw new Load.BenchFailedException(refusal.Message);
        }
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
