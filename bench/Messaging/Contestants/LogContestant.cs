using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite;

namespace Mesh.Bench.Messaging.Contestants;

/// <summary>The engine's log of events.</summary>
internal sealed class LogContestant : IContestant
{
    private readonly SqliteEngine _engine;

    private LogContestant(SqliteEngine engine) => _engine = engine;

    public static async Task<IContestant> StartAsync(string folder)
    {
        var engine = SqliteEngine.Open(Path.Combine(folder, "messages.db"), new SqliteOptions(), TimeProvider.System, Console.Error.WriteLine);
        // As the others, which forget nothing.
        await engine.SetRetentionAsync("bench.event", new Retention(1_000_000_000));
        return new LogContestant(engine);
    }

    public async Task PublishAsync(int publisher, ReadOnlyMemory<byte> data)
    {
        var answer = await _engine.AppendAsync([new Message { Type = "bench.event", Source = "bench", Data = data }]);
        if (answer.Refusal is { } refusal)
        {
            throw new Load.BenchFailedException(refusal.Message);
        }
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
