using System.Text;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Tests;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>What every engine has to do is said in the classes below this one, and run against each.</summary>
public abstract class EngineContract(IEngineSite site) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private IMessageEngine? _engine;

    protected SettableTime Time { get; } = new(new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero));

    protected MessagingLimits Limits { get; init; } = new();

    protected IMessageEngine Engine => _engine!;

    public async Task InitializeAsync() => _engine = await site.OpenAsync(Time, Limits);

    public async Task DisposeAsync()
    {
        await Engine.DisposeAsync();
        site.Dispose();
    }

    protected async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        _engine = await site.OpenAsync(Time, Limits);
    }

    protected static T Done<T>(Outcome<T> outcome)
    {
        Assert.Null(outcome.Refusal);
        return outcome.Value!;
    }

    protected static void Refused<T>(Outcome<T> outcome, RefusalKind kind, params string[] named)
    {
        Assert.NotNull(outcome.Refusal);
        Assert.Equal(kind, outcome.Refusal.Kind);
        Assert.All(named, name => Assert.Contains(name, outcome.Refusal.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', outcome.Refusal.Message);
    }

    protected static Message Text(string data, string? key = null) => new() { Source = "shop", OrderingKey = key, Data = Encoding.UTF8.GetBytes(data) };

    protected static Message Event(string type, string data = "", string? subject = null) =>
        new() { Type = type, Source = "shop", Subject = subject, Data = Encoding.UTF8.GetBytes(data) };

    protected static string TextOf(StoredMessage message) => Encoding.UTF8.GetString(message.Message.Data.Span);

    protected async Task<BacklogName> QueueAsync(string name = "work", DeliveryRules? rules = null, long maxLength = 1000)
    {
        Done(await Engine.CreateQueueAsync(name, new QueueOptions { Rules = rules ?? new DeliveryRules(), MaxLength = maxLength }));
        return BacklogName.Queue(name);
    }

    protected async Task<IReadOnlyList<Published>> PublishAsync(BacklogName queue, params string[] texts) =>
        Done(await Engine.PublishAsync(queue.Name, [.. texts.Select(text => new QueueMessage { Message = Text(text) })]));

    protected async Task<IReadOnlyList<Delivery>> ClaimAsync(BacklogName name, int count = 10, string holder = "a") =>
        Done(await Engine.ClaimAsync(name, new Claim { Holder = holder, Count = count })).Deliveries;

    protected async Task<string[]> ClaimTextsAsync(BacklogName name, int count = 10) => [.. (await ClaimAsync(name, count)).Select(one => TextOf(one.Message))];

    protected async Task<BacklogStats> StatsAsync(BacklogName name) => Done(await Engine.StatsAsync(name));

    protected Task UntilAsync(BacklogName name, Func<BacklogStats, bool> condition) =>
        Condition.HoldsAsync(async () => condition(await StatsAsync(name)), () => $"{name} as expected", Limit);
}
