using System.Text;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Tests.Contract;
using Mesh.Tests;
using Npgsql;

namespace Mesh.Messaging.Tests.Databases;

/// <summary>Several engines work on one database, and others hold its rows.</summary>
public sealed class ManyEnginesTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);
    private static readonly BacklogName Work = BacklogName.Queue("work");

    private readonly PostgresSite _site = new();
    private readonly SettableTime _time = new(new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero));
    private IMessageEngine? _one;
    private IMessageEngine? _other;

    private IMessageEngine One => _one!;

    private IMessageEngine Other => _other!;

    public async Task InitializeAsync()
    {
        _one = await _site.OpenAsync(_time);
        _other = await _site.OpenAsync(_time);
    }

    public async Task DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
        _site.Dispose();
    }

    [PostgresFact]
    public async Task What_one_makes_and_publishes_another_knows_and_its_consumers_wake()
    {
        Done(await One.CreateQueueAsync("work", new QueueOptions()));
        Assert.Empty(Done(await Other.ClaimAsync(Work, new Claim { Holder = "b" })).Deliveries);
        var wait = Other.WaitForReadyAsync(Work, CancellationToken.None);
        Assert.False(wait.IsCompleted);
        await PublishAsync("1");
        await UntilAsync(() => wait.IsCompleted);
        var delivery = Assert.Single(Done(await Other.ClaimAsync(Work, new Claim { Holder = "b" })).Deliveries);
        Assert.Equal([true], Done(await One.AckAsync(Work, [delivery.Token])));
        Done(await One.DeleteAsync(Work));
        await UntilAsync(() => Other.List(BacklogKind.Queue).Count == 0);
        Assert.Equal(RefusalKind.NotFound, (await Other.StatsAsync(Work)).Refusal?.Kind);
    }

    [PostgresFact]
    public async Task Events_of_one_come_to_the_readers_of_another()
    {
        var wait = Other.WaitForEventsAsync(0, CancellationToken.None);
        Done(await One.AppendAsync([Event("1"), Event("2")]));
        await UntilAsync(() => wait.IsCompleted);
        Done(await Other.AppendAsync([Event("3")]));
        foreach (var engine in new[] { One, Other })
        {
            await UntilAsync(() => engine.LastSequence == 3);
            Assert.Equal(["1", "2", "3"], Done(await engine.ReadAsync(0, EventFilter.All, 10, long.MaxValue)).Events.Select(TextOf));
        }
    }

    [PostgresFact]
    public async Task Who_commits_late_is_not_skipped()
    {
        Done(await One.AppendAsync([Event("1")]));
        await using var late = new NpgsqlConnection(PostgresCluster.StringOf(_site.Address));
        await late.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        // As an engine appends, but it does not commit yet.
        await ExecuteAsync(late, "SELECT last FROM log FOR UPDATE");
        await ExecuteAsync(late, "INSERT INTO events SELECT 2, type, source, correlation, at, content FROM events WHERE sequence = 1");
        await ExecuteAsync(late, "UPDATE log SET last = 2");
        var append = Other.AppendAsync([Event("3")]);
        var page = Done(await One.ReadAsync(0, EventFilter.All, 10, long.MaxValue));
        Assert.Equal((1, 1), (page.Events.Count, page.Next));
        Assert.False(append.IsCompleted);
        await transaction.CommitAsync();
        Assert.Equal(3, Done(await append)[0].Sequence);
        Assert.Equal([2, 3], Done(await Other.ReadAsync(page.Next, EventFilter.All, 10, long.MaxValue)).Events.Select(one => one.Sequence));
    }

    [PostgresFact]
    public async Task Who_is_about_to_take_a_message_holds_nobody_else_up()
    {
        Done(await One.CreateQueueAsync("work", new QueueOptions()));
        await PublishAsync("1", "2");
        await using var stalled = new NpgsqlConnection(PostgresCluster.StringOf(_site.Address));
        await stalled.OpenAsync();
        await using var transaction = await stalled.BeginTransactionAsync();
        await ExecuteAsync(stalled, "SELECT id FROM entries ORDER BY id LIMIT 1 FOR UPDATE");
        Assert.Equal(["2"], Done(await Other.ClaimAsync(Work, new Claim { Holder = "b", Count = 10 })).Deliveries.Select(one => TextOf(one.Message)));
        await transaction.RollbackAsync();
        Assert.Equal(["1"], Done(await Other.ClaimAsync(Work, new Claim { Holder = "b", Count = 10 })).Deliveries.Select(one => TextOf(one.Message)));
    }

    [PostgresFact]
    public async Task Keys_have_one_order_whoever_publishes_and_whoever_takes()
    {
        Done(await One.CreateQueueAsync("work", new QueueOptions()));
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            Done(await (i % 2 == 0 ? One : Other).PublishAsync("work", [new QueueMessage { Message = Text($"{i}") with { OrderingKey = $"k{i % 7}" } }]))));
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        var taken = 0;
        await Task.WhenAll(new[] { One, Other }.Select(async engine =>
        {
            while (Volatile.Read(ref taken) < 200)
            {
                var came = Done(await engine.ClaimAsync(Work, new Claim { Holder = "b", Count = 3 })).Deliveries;
                Assert.Distinct(came.Select(one => one.Message.Message.Key));
                foreach (var one in came)
                {
                    Assert.True(seen.GetValueOrDefault(one.Message.Message.Key!) < one.Message.Sequence);
                    seen[one.Message.Message.Key!] = one.Message.Sequence;
                    Assert.Equal([true], Done(await engine.AckAsync(Work, [one.Token])));
                    Interlocked.Increment(ref taken);
                }
            }
        })).WaitAsync(Limit);
    }

    [PostgresFact]
    public async Task What_an_engine_had_handed_out_when_it_went_others_take_over_and_its_leases_run_anew()
    {
        Done(await One.CreateQueueAsync("work", new QueueOptions()));
        await PublishAsync("1");
        Done(await One.ClaimAsync(Work, new Claim { Holder = "a" }));
        // As one that has died: it counts no more, and nobody measures the lease.
        PostgresCluster.Execute(_site.Address, "INSERT INTO sessions VALUES (999999, 7, 0, clock_timestamp())");
        PostgresCluster.Execute(_site.Address, "UPDATE entries SET owner = 999999");
        _time.Advance(TimeSpan.FromSeconds(29));
        await UntilAsync(async () => await BeatAsync() && await ReadAsync("SELECT count(*) FROM sessions WHERE id = 999999") == 0);
        Assert.Equal(1, Done(await Other.StatsAsync(Work)).Leased);
        _time.Advance(TimeSpan.FromSeconds(30));
        await UntilAsync(async () => Done(await Other.StatsAsync(Work)).Ready == 1);
    }

    [PostgresFact]
    public async Task Who_was_thought_dead_and_is_not_goes_on()
    {
        Done(await One.CreateQueueAsync("work", new QueueOptions()));
        await PublishAsync("1");
        PostgresCluster.Execute(_site.Address, "DELETE FROM sessions");
        await UntilAsync(async () => await BeatAsync() && await ReadAsync("SELECT count(*) FROM sessions") == 2);
        var delivery = Assert.Single(Done(await One.ClaimAsync(Work, new Claim { Holder = "a" })).Deliveries);
        _time.Advance(delivery.Lease);
        await UntilAsync(async () => Done(await Other.StatsAsync(Work)).Ready == 1);
    }

    private async Task<bool> BeatAsync()
    {
        _time.Advance(Beat);
        return await Task.FromResult(true);
    }

    private async Task<long> ReadAsync(string question)
    {
        await using var connection = new NpgsqlConnection(PostgresCluster.StringOf(_site.Address));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(question, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task PublishAsync(params string[] texts) =>
        Done(await One.PublishAsync("work", [.. texts.Select(text => new QueueMessage { Message = Text(text) })]));

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static Task UntilAsync(Func<Task<bool>> condition) => Condition.HoldsAsync(condition, () => "as expected", Limit);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static Message Text(string data) => new() { Source = "shop", Data = Encoding.UTF8.GetBytes(data) };

    private static Message Event(string data) => Text(data) with { Type = "t" };

    private static string TextOf(StoredMessage message) => Encoding.UTF8.GetString(message.Message.Data.Span);

    private static T Done<T>(Outcome<T> outcome)
    {
        Assert.Null(outcome.Refusal);
        return outcome.Value!;
    }
}
