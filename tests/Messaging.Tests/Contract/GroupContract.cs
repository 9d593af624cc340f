using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Tests.Contract;

public abstract class GroupContract(IEngineSite site) : EngineContract(site)
{
    [EngineFact]
    public async Task Each_group_gets_all_and_its_members_share()
    {
        var (mail, audit) = (await GroupAsync("mail", "order.*"), await GroupAsync("audit", ">"));
        Done(await Engine.AppendAsync([Event("order.created", "1"), Event("user.created", "2"), Event("order.paid", "3")]));
        Assert.Equal(["1"], await ClaimTextsAsync(mail, 1));
        Assert.Equal(["3"], await ClaimTextsAsync(mail));
        Assert.Equal(["1", "2", "3"], await ClaimTextsAsync(audit));
    }

    [EngineFact]
    public async Task A_group_goes_on_where_it_was_after_a_restart()
    {
        var group = await GroupAsync("mail", "t");
        Done(await Engine.AppendAsync([Event("t", "1"), Event("t", "2"), Event("t", "3")]));
        var came = await ClaimAsync(group, 2);
        await Engine.AckAsync(group, [came[1].Token]);
        await RestartAsync();
        Assert.Equal(["3"], await ClaimTextsAsync(group));
        Time.Advance(TimeSpan.FromSeconds(30));
        await UntilAsync(group, stats => stats.Ready == 2);
        Assert.Equal(["1", "3"], await ClaimTextsAsync(group));
    }

    [EngineTheory]
    [InlineData(null, "")]
    [InlineData(0L, "12")]
    [InlineData(1L, "2")]
    public async Task A_new_group_begins_where_it_wants(long? after, string expected)
    {
        Done(await Engine.AppendAsync([Event("t", "1"), Event("t", "2")]));
        Done(await Engine.CreateGroupAsync("g", new GroupOptions { StartAfter = after }));
        Assert.Equal(expected, string.Concat(await ClaimTextsAsync(BacklogName.Group("g"))));
    }

    [EngineFact]
    public async Task While_an_event_of_a_subject_is_out_the_next_of_it_waits()
    {
        var group = await GroupAsync("g", "t");
        Done(await Engine.AppendAsync([Event("t", "a1", "a"), Event("t", "a2", "a"), Event("t", "b1", "b"), Event("t", "a3", "a"), Event("t", "free")]));
        var came = await ClaimAsync(group);
        Assert.Equal(["a1", "b1", "free"], came.Select(one => TextOf(one.Message)));
        Assert.Equal(2, (await StatsAsync(group)).Waiting);
        await Engine.AckAsync(group, [came[0].Token]);
        await RestartAsync();
        Assert.Equal(["a2"], await ClaimTextsAsync(group));
    }

    [EngineFact]
    public async Task Dead_letters_of_a_group_outlive_the_log()
    {
        Done(await Engine.CreateGroupAsync("g", new GroupOptions { Rules = new DeliveryRules { MaxDeliveries = 1 } }));
        var group = BacklogName.Group("g");
        Done(await Engine.SetRetentionAsync("t", new Retention(1)));
        Done(await Engine.AppendAsync([Event("t", "poison")]));
        await Engine.NackAsync(group, [(await ClaimAsync(group))[0].Token], TimeSpan.Zero, "why");
        Done(await Engine.AppendAsync([.. Enumerable.Range(0, 300).Select(_ => Event("t"))]));
        while (await ClaimAsync(group, 100) is { Count: > 0 } rest)
        {
            await Engine.AckAsync(group, [.. rest.Select(one => one.Token)]);
        }

        await Mesh.Tests.Condition.HoldsAsync(
            async () =>
            {
                Time.Advance(TimeSpan.FromSeconds(10));
                return Done(await Engine.QueryAsync(new EventQuery { PageSize = 1 })).Events[0].Sequence > 1;
            },
            () => "the first event gone",
            TimeSpan.FromSeconds(60));
        var dead = Assert.Single(Done(await Engine.PeekAsync(group, Phase.Dead, 0, 10)));
        Assert.Equal(("poison", 1, "why"), (TextOf(dead.Message), dead.Message.Sequence, dead.Reason));
        Done(await Engine.RedriveAsync(group, 1));
        Assert.Equal(["poison"], await ClaimTextsAsync(group));
    }

    [EngineFact]
    public async Task What_a_group_has_still_to_take_goes_by_age_only_and_is_counted()
    {
        var group = await GroupAsync("g", "t");
        Done(await Engine.SetRetentionAsync("t", new Retention(1, TimeSpan.FromHours(1))));
        Done(await Engine.AppendAsync([.. Enumerable.Range(0, 400).Select(i => Event("t", $"{i}"))]));
        Time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(group, stats => stats.Behind == 400);
        Assert.Equal(["0"], await ClaimTextsAsync(group, 1));
        Time.Advance(TimeSpan.FromHours(2));
        // The first is out, the last tells the next number.
        await Mesh.Tests.Condition.HoldsAsync(
            async () =>
            {
                Time.Advance(TimeSpan.FromSeconds(31));
                return await ClaimAsync(group) is var came && Done(await Engine.AckAsync(group, [.. came.Select(one => one.Token).DefaultIfEmpty()])) is not null
                    && (await StatsAsync(group)).Missed > 0;
            },
            () => "events missed",
            TimeSpan.FromSeconds(60));
    }

    [EngineFact]
    public async Task A_group_keeps_its_filter_and_takes_new_rules()
    {
        await GroupAsync("g", "a.*");
        Refused(await Engine.CreateGroupAsync("g", new GroupOptions { Filter = new EventFilter { Types = ["b.*"] } }), RefusalKind.AlreadyExists, "g", "filter");
        var options = new GroupOptions { Filter = new EventFilter { Types = ["a.*"] }, Rules = new DeliveryRules { MaxDeliveries = 3 } };
        Done(await Engine.CreateGroupAsync("g", options));
        await RestartAsync();
        Assert.Equal(options, Assert.Single(Engine.List(BacklogKind.Group)).Group);
    }

    [EngineFact]
    public async Task A_purged_group_begins_with_what_comes()
    {
        var group = await GroupAsync("g", "t");
        Done(await Engine.AppendAsync([Event("t", "1", "s"), Event("t", "2", "s"), Event("t", "3")]));
        await ClaimAsync(group, 1);
        Done(await Engine.PurgeAsync(group, onlyDead: false));
        Done(await Engine.AppendAsync([Event("t", "4")]));
        Assert.Equal(["4"], await ClaimTextsAsync(group));
    }

    [EngineFact]
    public async Task A_group_whose_events_are_rare_is_not_told_of_others()
    {
        var group = await GroupAsync("g", "rare.*");
        await ClaimAsync(group);
        var wait = Engine.WaitForReadyAsync(group, CancellationToken.None);
        Done(await Engine.AppendAsync([.. Enumerable.Range(0, 900).Select(_ => Event("often"))]));
        Assert.False(wait.IsCompleted);
        Done(await Engine.AppendAsync([Event("rare.one", "!")]));
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["!"], await ClaimTextsAsync(group));
        Assert.Equal(0, (await StatsAsync(group)).Behind);
    }

    private async Task<BacklogName> GroupAsync(string name, string pattern)
    {
        Done(await Engine.CreateGroupAsync(name, new GroupOptions { Filter = new EventFilter { Types = [pattern] } }));
        return BacklogName.Group(name);
    }
}
