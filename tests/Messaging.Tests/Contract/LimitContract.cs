using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Tests.Contract;

public abstract class LimitContract : EngineContract
{
    private const int Most = 10_000;

    protected LimitContract(IEngineSite site)
        : base(site) => Limits = new MessagingLimits { MaxQueues = Most, MaxGroups = 2, MaxNames = 5, MaxWaiting = 10, MaxUnwrittenBytes = 8_000_000, MaxDiskBytes = 20_000_000 };

    [EngineFact]
    public async Task Ten_thousand_queues_work_and_one_more_is_refused()
    {
        await Task.WhenAll(Enumerable.Range(0, Most).Select(async i => Done(await Engine.CreateQueueAsync($"q{i}", new QueueOptions()))));
        Refused(await Engine.CreateQueueAsync("more", new QueueOptions()), RefusalKind.ResourceExhausted, "10000 queues", "MaxQueues");
        await Task.WhenAll(Enumerable.Range(0, Most).Select(async i => Done(await Engine.PublishAsync($"q{i}", [new QueueMessage { Message = Text($"{i}") }]))));
        await RestartAsync();
        Assert.Equal(Most, Engine.List(BacklogKind.Queue).Count);
        var came = await Task.WhenAll(Enumerable.Range(0, Most).Select(i => ClaimAsync(BacklogName.Queue($"q{i}"))));
        Assert.Equal(Enumerable.Range(0, Most).Select(i => $"{i}"), came.Select(deliveries => TextOf(Assert.Single(deliveries).Message)));
    }

    [EngineFact]
    public async Task A_disk_quota_refuses_what_is_published_with_who_holds_most_and_all_else_goes_on()
    {
        var queue = await QueueAsync(maxLength: 1_000_000);
        var sent = 0;
        Refusal? refusal = null;
        while (refusal is null)
        {
            refusal = (await Engine.PublishAsync("work", [new QueueMessage { Message = Text("") with { Data = new byte[900_000] } }])).Refusal;
            sent++;
        }

        Assert.Equal(RefusalKind.ResourceExhausted, refusal.Kind);
        Assert.Contains("MaxDiskBytes", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("queue 'work' holds most", refusal.Message, StringComparison.Ordinal);
        var came = Done(await Engine.ClaimAsync(queue, new Claim { Holder = "a", Count = 100, Bytes = long.MaxValue })).Deliveries;
        Assert.Equal(sent - 1, came.Count);
        Done(await Engine.AckAsync(queue, [.. came.Select(one => one.Token)]));
        await PublishAsync(queue, "there is room again");
    }

    [EngineFact]
    public async Task What_waits_to_be_written_is_bounded()
    {
        await QueueAsync();
        var message = new QueueMessage { Message = Text("") with { Data = new byte[900_000] } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => Engine.PublishAsync("work", [message])));
        Assert.Contains(answers, answer => answer.IsDone);
        var refused = answers.Where(answer => !answer.IsDone).ToList();
        Assert.All(refused, answer => Refused(answer, RefusalKind.ResourceExhausted, "MaxUnwrittenBytes"));
        Assert.Equal(answers.Length - refused.Count, (await StatsAsync(BacklogName.Queue("work"))).Ready);
    }

    [EngineFact]
    public async Task A_group_parks_no_more_behind_one_key_than_it_may_and_goes_on_when_they_are_done()
    {
        Done(await Engine.CreateGroupAsync("g", new GroupOptions()));
        var group = BacklogName.Group("g");
        Done(await Engine.AppendAsync([.. Enumerable.Range(0, 40).Select(i => Event("t", $"{i}", "hot"))]));
        var came = new List<string>();
        while (await ClaimAsync(group, 100) is { Count: > 0 } deliveries)
        {
            Assert.InRange((await StatsAsync(group)).Waiting, 0, 10);
            came.AddRange(deliveries.Select(one => TextOf(one.Message)));
            Done(await Engine.AckAsync(group, [.. deliveries.Select(one => one.Token)]));
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}"), came);
    }

    [EngineFact]
    public async Task Types_and_groups_are_bounded()
    {
        for (var i = 0; i < 5; i++)
        {
            Done(await Engine.AppendAsync([Event($"t{i}")]));
        }

        Refused(await Engine.AppendAsync([Event("t0"), Event("t5")]), RefusalKind.ResourceExhausted, "t5", "MaxNames");
        Assert.Equal(5, Engine.LastSequence);
        Done(await Engine.CreateGroupAsync("a", new GroupOptions()));
        Done(await Engine.CreateGroupAsync("b", new GroupOptions()));
        Refused(await Engine.CreateGroupAsync("c", new GroupOptions()), RefusalKind.ResourceExhausted, "MaxGroups");
    }
}
