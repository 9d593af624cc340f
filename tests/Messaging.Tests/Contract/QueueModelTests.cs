using CsCheck;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Sqlite;
using Mesh.Messaging.Tests.Databases;
using Mesh.Tests;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>
/// Whatever is done to a queue in whatever order, restarts among it, it stands as a model does that is a list and a few lines. The time
/// is the test's.
/// </summary>
public sealed class QueueModelTests
{
    private static readonly Gen<Operation> Operations = Gen.Frequency(
        (6, Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 8]).Select((key, priority, delay, life) => new Operation("publish", key, priority, delay, life))),
        (6, Gen.Int[1, 4].Select(count => new Operation("claim", count))),
        (4, Gen.Int[0, 9].Select(which => new Operation("ack", which))),
        (3, Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3]).Select((which, delay) => new Operation("nack", which, delay))),
        (1, Gen.Int[0, 9].Select(which => new Operation("extend", which))),
        (1, Gen.Const(new Operation("return"))),
        (1, Gen.Const(new Operation("redrive"))),
        (1, Gen.Const(new Operation("purge"))),
        (1, Gen.Const(new Operation("restart"))),
        (3, Gen.Int[1, 6].Select(seconds => new Operation("pass", seconds))));

    [Fact]
    public Task A_queue_stands_as_its_model_does() => SampleAsync(() => new UnsyncedSite(), 150);

    // Each begins with an empty database: fewer of them.
    [PostgresFact]
    public Task A_queue_in_PostgreSQL_stands_as_its_model_does() => SampleAsync(() => new PostgresSite(), 15);

    private static Task SampleAsync(Func<IEngineSite> create, int count) => Operations.Array[1, 60].SampleAsync(
        operations => RunAsync(create(), operations), iter: count, threads: 2, print: operations => string.Join(' ', (object[])operations));

    private static async Task RunAsync(IEngineSite place, Operation[] operations)
    {
        using var site = new Site(place);
        foreach (var operation in operations)
        {
            await site.DoAsync(operation);
            await site.CompareAsync();
        }

        await site.CloseAsync();
    }

    /// <param name="Name">What is done.</param>
    /// <param name="Values">With what.</param>
    private sealed record Operation(string Name, params int[] Values)
    {
        public override string ToString() => $"{Name}({string.Join(',', Values)})";
    }

    /// <summary>A file that is not synced: nothing crashes here.</summary>
    private sealed class UnsyncedSite : IEngineSite
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-model-");

        public Task<IMessageEngine> OpenAsync(TimeProvider time, MessagingLimits? limits = null) => Task.FromResult<IMessageEngine>(
            SqliteEngine.Open(Path.Combine(_folder.FullName, "messages.db"), new SqliteOptions { IsSynced = false }, time, _ => { }));

        public void Dispose() => _folder.Delete(recursive: true);
    }

    private sealed class Site(IEngineSite place) : IDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
        private static readonly BacklogName Queue = BacklogName.Queue("q");
        private readonly SettableTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        private readonly QueueModel _model = new();
        private readonly List<(LeaseToken Token, long Number)> _tokens = [];
        private IMessageEngine? _engine;
        private long _now;
        private int _published;

        public async Task DoAsync(Operation operation)
        {
            _engine ??= await place.OpenAsync(_time);
            Assert.True((await _engine.CreateQueueAsync("q", new QueueOptions { Rules = QueueModel.Rules })).IsDone);
            var values = operation.Values;
            switch (operation.Name)
            {
                case "publish":
                    var message = new QueueMessage
                    {
                        Message = new Message { Id = $"{++_published}", OrderingKey = values[0] == 0 ? null : $"k{values[0]}" },
                        Priority = values[1],
                        Delay = TimeSpan.FromSeconds(values[2]),
                        TimeToLive = values[3] > values[2] ? TimeSpan.FromSeconds(values[3]) : null,
                    };
                    Assert.True((await _engine.PublishAsync("q", [message])).IsDone);
                    _model.Publish(_published, message, _now);
                    break;
                case "claim":
                    var deliveries = (await _engine.ClaimAsync(Queue, new Claim { Holder = "a", Count = values[0] })).Value!.Deliveries;
                    Assert.Equal(_model.Claim(values[0], _now), deliveries.Select(one => (NumberOf(one.Message), one.Attempt)));
                    _tokens.AddRange(deliveries.Select(one => (one.Token, NumberOf(one.Message))));
                    break;
                case "ack" or "nack" or "extend" when _tokens.Count > 0:
                    await AnswerAsync(operation.Name, _tokens[values[0] % _tokens.Count], values);
                    break;
                case "return":
                    Assert.Equal(_model.Return(_now), (await _engine.ReturnAsync("a")).Value);
                    break;
                case "redrive":
                    Assert.Equal(_model.Redrive(), (await _engine.RedriveAsync(Queue, 100)).Value);
                    break;
                case "purge":
                    Assert.Equal(_model.Purge(), (await _engine.PurgeAsync(Queue, onlyDead: false)).Value);
                    break;
                case "restart":
                    await CloseAsync();
                    _engine = await place.OpenAsync(_time);
                    _model.Restart(_now);
                    break;
                case "pass":
                    _time.Advance(TimeSpan.FromSeconds(values[0]));
                    _now += values[0];
                    _model.Pass(_now);
                    break;
            }
        }

        /// <summary>What time has brought is done soon.</summary>
        public async Task CompareAsync()
        {
            string? difference = null;
            await Condition.HoldsAsync(async () => (difference = await FindDifferenceAsync()) is null, () => difference!, Limit);
        }

        private async Task<string?> FindDifferenceAsync()
        {
            foreach (var phase in Enum.GetValues<Phase>())
            {
                var held = (await _engine!.PeekAsync(Queue, phase, 0, 1000)).Value!;
                if (!_model.In(phase).SequenceEqual(held.Select(one => (NumberOf(one.Message), one.Attempts)).Order()))
                {
                    return $"{phase}: {string.Join(' ', _model.In(phase))} and not {string.Join(' ', held.Select(one => (NumberOf(one.Message), one.Attempts)).Order())}";
                }
            }

            return null;
        }

        public async Task CloseAsync() => await (_engine?.DisposeAsync() ?? ValueTask.CompletedTask);

        public void Dispose() => place.Dispose();

        private async Task AnswerAsync(string name, (LeaseToken Token, long Number) held, int[] values)
        {
            var answer = name switch
            {
                "ack" => await _engine!.AckAsync(Queue, [held.Token]),
                "nack" => await _engine!.NackAsync(Queue, [held.Token], TimeSpan.FromSeconds(values[1]), "no"),
                _ => await _engine!.ExtendAsync(Queue, [held.Token], null),
            };
            // A token is of the last lease of its message only.
            var isLast = _tokens.FindLast(one => one.Number == held.Number) == held;
            var expected = isLast && name switch
            {
                "ack" => _model.Ack(held.Number),
                "nack" => _model.Nack(held.Number, values[1], _now),
                _ => _model.Extend(held.Number, _now),
            };
            Assert.Equal([expected], answer.Value!);
        }

        private static long NumberOf(StoredMessage message) => long.Parse(message.Message.Id, null);
    }
}
