using System.Text;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Tests.Contract;
using Mesh.Tests;

namespace Mesh.Messaging.Tests.Databases;

/// <summary>Servers and databases that are not as they should be.</summary>
public sealed class ServerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly PostgresSite _site = new();
    private readonly SettableTime _time = new(new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _site.Dispose();

    [PostgresFact]
    public async Task A_database_that_does_not_sync_what_it_commits_is_refused()
    {
        PostgresCluster.Execute(_site.Address, $"ALTER DATABASE {_site.Address.Split('/', '?')[3]} SET synchronous_commit = off");
        await RefusedAsync(_site.Address, "synchronous_commit = off", "set it to on");
    }

    [PostgresFact]
    public async Task A_server_that_does_not_sync_is_refused_and_one_that_stops_syncing_takes_nothing_until_it_does_again()
    {
        using var cluster = PostgresCluster.Start();
        var address = cluster.CreateDatabase();
        await using (var engine = await PostgresEngine.OpenAsync(address, new PostgresOptions(), _time, _ => { }))
        {
            Assert.True((await engine.CreateQueueAsync("work", new QueueOptions())).IsDone);
            Set(address, "full_page_writes", "off");
            await UntilAsync(() => engine.Fault is not null);
            var refusal = (await engine.PublishAsync("work", [new QueueMessage { Message = new Message() }])).Refusal;
            Assert.Equal(RefusalKind.Unavailable, refusal?.Kind);
            Assert.Contains("full_page_writes = off", refusal!.Message, StringComparison.Ordinal);
            Assert.Equal(RefusalKind.Unavailable, (await engine.AppendAsync([new Message { Type = "t" }])).Refusal?.Kind);
            Set(address, "full_page_writes", "on");
            await UntilAsync(() => engine.Fault is null);
            Assert.True((await engine.PublishAsync("work", [new QueueMessage { Message = new Message() }])).IsDone);
            Set(address, "fsync", "off");
            await UntilAsync(() => engine.Fault is not null);
        }

        await RefusedAsync(address, "fsync = off", "power cut");
    }

    [PostgresFact]
    public async Task Tables_of_a_later_version_are_left_alone()
    {
        await (await _site.OpenAsync(_time)).DisposeAsync();
        PostgresCluster.Execute(_site.Address, "UPDATE meta SET value = 2");
        await RefusedAsync(_site.Address, "later version", "run that version");
    }

    [PostgresFact]
    public async Task What_was_damaged_is_a_dead_letter_that_says_so_and_the_next_of_its_key_goes_on()
    {
        await using var engine = await _site.OpenAsync(_time);
        await engine.CreateQueueAsync("work", new QueueOptions());
        await engine.PublishAsync("work", [.. new[] { "1", "2", "3" }.Select(text => new QueueMessage { Message = new Message { Data = Encoding.UTF8.GetBytes(text), OrderingKey = "k" } })]);
        PostgresCluster.Execute(_site.Address, "UPDATE bodies SET content = set_byte(content, octet_length(content) - 1, 120) WHERE id = (SELECT min(id) FROM bodies)");
        var queue = BacklogName.Queue("work");
        Assert.Empty((await engine.ClaimAsync(queue, new Claim { Holder = "a" })).Value!.Deliveries);
        await UntilAsync(async () => (await engine.StatsAsync(queue)).Value!.Dead == 1);
        Assert.Contains("work", Assert.Single(engine.Damages), StringComparison.Ordinal);
        PostgresCluster.Execute(_site.Address, "UPDATE entries SET priority = 1 WHERE phase = 0");
        Assert.Empty((await engine.ClaimAsync(queue, new Claim { Holder = "a" })).Value!.Deliveries);
        await UntilAsync(async () => (await engine.StatsAsync(queue)).Value!.Dead == 2);
        var last = Assert.Single((await engine.ClaimAsync(queue, new Claim { Holder = "a" })).Value!.Deliveries);
        Assert.Equal("3", Encoding.UTF8.GetString(last.Message.Message.Data.Span));
    }

    [PostgresFact]
    public async Task Types_that_have_no_events_any_more_make_room_for_others()
    {
        await using var engine = await _site.OpenAsync(_time, new MessagingLimits { MaxNames = 2 });
        Assert.True((await engine.AppendAsync([new Message { Type = "a" }, new Message { Type = "b" }])).IsDone);
        Assert.Equal(RefusalKind.ResourceExhausted, (await engine.AppendAsync([new Message { Type = "c" }])).Refusal?.Kind);
        _time.Advance(TimeSpan.FromDays(8));
        await UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return (await engine.AppendAsync([new Message { Type = "c" }])).IsDone;
        });
        Assert.True((await engine.AppendAsync([new Message { Type = "b" }])).IsDone);
    }

    [PostgresFact]
    public async Task A_server_that_comes_back_is_found_and_nothing_is_lost()
    {
        using var cluster = PostgresCluster.Start();
        var address = cluster.CreateDatabase();
        await using var engine = await PostgresEngine.OpenAsync(address, new PostgresOptions(), TimeProvider.System, _ => { });
        var queue = BacklogName.Queue("work");
        await engine.CreateQueueAsync("work", new QueueOptions());
        await engine.PublishAsync("work", [new QueueMessage { Message = new Message() }]);
        var held = (await engine.ClaimAsync(queue, new Claim { Holder = "a" })).Value!.Deliveries[0];
        var wait = engine.WaitForReadyAsync(queue, CancellationToken.None);
        cluster.Crash();
        await UntilAsync(async () => (await engine.PublishAsync("work", [new QueueMessage { Message = new Message() }])).IsDone);
        await UntilAsync(() => wait.IsCompleted);
        Assert.Equal([true], (await engine.AckAsync(queue, [held.Token])).Value!);
        await UntilAsync(() => engine.Fault is null);
    }

    private static void Set(string address, string name, string value)
    {
        PostgresCluster.Execute(address, $"ALTER SYSTEM SET {name} = {value}");
        PostgresCluster.Execute(address, "SELECT pg_reload_conf()");
    }

    private Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private Task UntilAsync(Func<Task<bool>> condition) => Condition.HoldsAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            return condition();
        },
        () => "as expected",
        Limit);

    private async Task RefusedAsync(string address, params string[] named)
    {
        var refused = await Assert.ThrowsAsync<MessagingException>(() => PostgresEngine.OpenAsync(address, new PostgresOptions(), _time, _ => { }));
        Assert.All(named, name => Assert.Contains(name, refused.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }
}
