using Mesh.Messaging.Delivering;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Tests.Contract;

public abstract class QueueContract(IEngineSite site) : EngineContract(site)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [EngineFact]
    public async Task Messages_come_in_the_order_in_which_they_were_published_each_to_one_consumer()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2", "3");
        Assert.Equal(["1", "2"], await ClaimTextsAsync(queue, 2));
        Assert.Equal(["3"], await ClaimTextsAsync(queue));
        Assert.Empty(await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task All_that_was_said_of_a_message_comes_back_and_what_was_not_is_given()
    {
        var queue = await QueueAsync();
        var said = Text("data") with
        {
            Id = "id-1",
            Subject = "subject",
            CorrelationId = "correlation",
            Time = Time.GetUtcNow(),
            Attributes = [new("contenttype", "text/plain"), new("ü", "")],
        };
        Done(await Engine.PublishAsync("work", [new QueueMessage { Message = said }, new QueueMessage { Message = Text("") }]));
        var came = await ClaimAsync(queue);
        Assert.Equal(said with { Attributes = [], Data = default }, came[0].Message.Message with { Attributes = [], Data = default });
        Assert.Equal(said.Attributes, came[0].Message.Message.Attributes);
        Assert.Equal("data", TextOf(came[0].Message));
        Assert.NotEmpty(came[1].Message.Message.Id);
        Assert.Equal(1, came[0].Attempt);
        Assert.Equal(Lease, came[0].Lease);
    }

    [EngineFact]
    public async Task What_is_acknowledged_is_gone_and_its_token_is_of_no_more_use()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2");
        var came = await ClaimAsync(queue);
        Assert.Equal([true, true], Done(await Engine.AckAsync(queue, [came[0].Token, came[1].Token])));
        Assert.Equal([false], Done(await Engine.AckAsync(queue, [came[0].Token])));
        await RestartAsync();
        var stats = await StatsAsync(queue);
        Assert.Equal((0, 0, 0), (stats.Ready, stats.Leased, stats.Dead));
    }

    [EngineFact]
    public async Task A_token_of_one_queue_is_none_of_another()
    {
        var queue = await QueueAsync();
        var other = await QueueAsync("other");
        await PublishAsync(queue, "1");
        var came = await ClaimAsync(queue);
        Assert.Equal([false], Done(await Engine.AckAsync(other, [came[0].Token])));
        Assert.Equal([true], Done(await Engine.AckAsync(queue, [came[0].Token])));
    }

    [EngineFact]
    public async Task What_is_handed_back_comes_again_at_once_or_after_the_delay()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2");
        var came = await ClaimAsync(queue);
        await Engine.NackAsync(queue, [came[0].Token], TimeSpan.Zero, "no");
        await Engine.NackAsync(queue, [came[1].Token], TimeSpan.FromMinutes(1), "later");
        var again = Assert.Single(await ClaimAsync(queue));
        Assert.Equal(("1", 2), (TextOf(again.Message), again.Attempt));
        Assert.Equal(1, (await StatsAsync(queue)).Delayed);
        Assert.Equal("later", Assert.Single(Done(await Engine.PeekAsync(queue, Phase.Retrying, 0, 10))).Reason);
        Time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(queue, stats => stats.Ready >= 1);
        Assert.Contains("2", await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task After_its_last_delivery_a_message_is_a_dead_letter_with_the_reason_and_can_be_redriven()
    {
        var queue = await QueueAsync(rules: new DeliveryRules { MaxDeliveries = 2 });
        await PublishAsync(queue, "poison");
        for (var i = 0; i < 2; i++)
        {
            await Engine.NackAsync(queue, [(await ClaimAsync(queue))[0].Token], TimeSpan.Zero, $"refused {i}");
        }

        Assert.Empty(await ClaimAsync(queue));
        await RestartAsync();
        var dead = Assert.Single(Done(await Engine.PeekAsync(queue, Phase.Dead, 0, 10)));
        Assert.Equal(("refused 1", 2, "poison"), (dead.Reason, dead.Attempts, TextOf(dead.Message)));
        Assert.Equal(1, Done(await Engine.RedriveAsync(queue, 100)));
        Assert.Equal(1, Assert.Single(await ClaimAsync(queue)).Attempt);
    }

    [EngineFact]
    public async Task A_lease_that_runs_out_gives_the_message_to_the_next_and_counts()
    {
        var queue = await QueueAsync(rules: new DeliveryRules { MaxDeliveries = 2 });
        await PublishAsync(queue, "1");
        var first = (await ClaimAsync(queue))[0];
        Time.Advance(Lease);
        await UntilAsync(queue, stats => stats.Ready == 1);
        Assert.Equal([false], Done(await Engine.AckAsync(queue, [first.Token])));
        var second = Assert.Single(await ClaimAsync(queue, holder: "b"));
        Assert.Equal(2, second.Attempt);
        Time.Advance(Lease);
        await UntilAsync(queue, stats => stats.Dead == 1);
        Assert.Contains("b", Assert.Single(Done(await Engine.PeekAsync(queue, Phase.Dead, 0, 10))).Reason, StringComparison.Ordinal);
    }

    [EngineFact]
    public async Task A_lease_that_is_extended_runs_from_then_on()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2");
        var came = await ClaimAsync(queue);
        Time.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Equal([true], Done(await Engine.ExtendAsync(queue, [came[0].Token], TimeSpan.FromMinutes(2))));
        Time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(queue, stats => stats is { Ready: 1, Leased: 1 });
        Assert.Equal([true, false], Done(await Engine.AckAsync(queue, [came[0].Token, came[1].Token])));
    }

    [EngineFact]
    public async Task Whoever_sets_the_clock_ends_no_lease_and_delays_nothing()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1");
        Done(await Engine.PublishAsync("work", [new QueueMessage { Message = Text("2"), Delay = TimeSpan.FromMinutes(1) }]));
        var came = await ClaimAsync(queue);
        Time.SetClock(TimeSpan.FromDays(1));
        Assert.Equal((0, 1, 1), await StatsAsync(queue) is var ahead ? (ahead.Ready, ahead.Leased, ahead.Delayed) : default);
        Time.SetClock(TimeSpan.FromDays(-1));
        Assert.Equal([true], Done(await Engine.AckAsync(queue, [came[0].Token])));
        Time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(queue, stats => stats.Ready == 1);
    }

    [EngineFact]
    public async Task After_a_restart_leases_run_anew_and_delays_go_on()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1");
        Done(await Engine.PublishAsync("work", [new QueueMessage { Message = Text("2"), Delay = TimeSpan.FromSeconds(40) }]));
        var came = await ClaimAsync(queue);
        Time.Advance(Lease - TimeSpan.FromSeconds(1));
        await RestartAsync();
        Time.Advance(Lease - TimeSpan.FromSeconds(1));
        await UntilAsync(queue, stats => stats is { Leased: 1, Ready: 1 });
        Assert.Equal(["2"], await ClaimTextsAsync(queue));
        Assert.Equal([true], Done(await Engine.AckAsync(queue, [came[0].Token])));
    }

    [EngineFact]
    public async Task What_a_holder_gives_back_was_never_delivered_wherever_it_had_it()
    {
        var (queue, other) = (await QueueAsync(), await QueueAsync("other"));
        await PublishAsync(queue, "1", "2");
        await PublishAsync(other, "3");
        await ClaimAsync(queue, 1, "leaving");
        await ClaimAsync(other, 1, "leaving");
        await ClaimAsync(queue, 1, "staying");
        Assert.Equal(2, Done(await Engine.ReturnAsync("leaving")));
        Assert.Equal(("1", 1), await ClaimAsync(queue) is [var one] ? (TextOf(one.Message), one.Attempt) : default);
        Assert.Equal(1, Assert.Single(await ClaimAsync(other)).Attempt);
        Assert.Equal(0, Done(await Engine.ReturnAsync("leaving")));
    }

    [EngineFact]
    public async Task What_a_holder_had_asked_for_and_not_been_given_yet_comes_back_as_well()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2", "3");
        // All at once: some share a transaction.
        var claims = Enumerable.Range(0, 3).Select(_ => Engine.ClaimAsync(queue, new Claim { Holder = "leaving" })).ToList();
        var returned = Engine.ReturnAsync("leaving");
        Assert.Equal(3, (await Task.WhenAll(claims)).Sum(claim => Done(claim).Deliveries.Count));
        Assert.Equal(3, Done(await returned));
        Assert.All(await ClaimAsync(queue), one => Assert.Equal(1, one.Attempt));
        Assert.Equal((0, 3), await StatsAsync(queue) is var stats ? (stats.Ready, stats.Leased) : default);
    }

    [EngineFact]
    public async Task While_one_of_a_key_is_out_or_to_be_retried_the_next_waits_and_others_do_not()
    {
        var queue = await QueueAsync();
        Done(await Engine.PublishAsync("work", [.. new[] { "a1", "a2", "b1", "a3" }.Select(text => new QueueMessage { Message = Text(text, key: text[..1]) })]));
        await PublishAsync(queue, "free");
        var came = await ClaimAsync(queue);
        Assert.Equal(["a1", "b1", "free"], came.Select(one => TextOf(one.Message)));
        await Engine.NackAsync(queue, [came[0].Token], TimeSpan.FromSeconds(5), "later");
        Assert.Empty(await ClaimAsync(queue));
        Time.Advance(TimeSpan.FromSeconds(5));
        await UntilAsync(queue, stats => stats.Ready == 1);
        var again = await ClaimAsync(queue);
        Assert.Equal(["a1"], again.Select(one => TextOf(one.Message)));
        await Engine.AckAsync(queue, [again[0].Token]);
        await RestartAsync();
        Assert.Equal(["a2"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task A_dead_letter_lets_the_next_of_its_key_go_on()
    {
        var queue = await QueueAsync(rules: new DeliveryRules { MaxDeliveries = 1 });
        Done(await Engine.PublishAsync("work", [new QueueMessage { Message = Text("1", "k") }, new QueueMessage { Message = Text("2", "k") }]));
        await Engine.NackAsync(queue, [(await ClaimAsync(queue))[0].Token], TimeSpan.Zero, "no");
        Assert.Equal(["2"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task Higher_priorities_come_first()
    {
        var queue = await QueueAsync();
        Done(await Engine.PublishAsync("work", [.. new[] { 0, 9, 4 }.Select(priority => new QueueMessage { Message = Text($"{priority}"), Priority = priority })]));
        Assert.Equal(["9", "4", "0"], Done(await Engine.PeekAsync(queue, Phase.Ready, 0, 10)).Select(one => TextOf(one.Message)));
        Assert.Equal(["9", "4", "0"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task What_has_had_its_time_is_not_delivered()
    {
        var queue = await QueueAsync();
        Done(await Engine.PublishAsync("work", [new QueueMessage { Message = Text("1"), TimeToLive = TimeSpan.FromSeconds(10) }]));
        await PublishAsync(queue, "2");
        Time.Advance(TimeSpan.FromSeconds(10));
        await UntilAsync(queue, stats => stats.Expired == 1);
        Assert.Equal(["2"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task When_all_before_it_have_had_their_time_the_next_of_a_key_is_ready()
    {
        var queue = await QueueAsync();
        var life = TimeSpan.FromSeconds(10);
        Done(await Engine.PublishAsync("work", [
            new QueueMessage { Message = Text("1", "k"), TimeToLive = life },
            new QueueMessage { Message = Text("2", "k"), TimeToLive = life },
            new QueueMessage { Message = Text("3", "k") },
        ]));
        Time.Advance(life);
        await UntilAsync(queue, stats => stats is { Expired: 2, Ready: 1, Waiting: 0 });
        Assert.Equal(["3"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task A_duplicate_is_not_added_for_ten_minutes_over_a_restart_as_well()
    {
        var queue = await QueueAsync();
        var message = new QueueMessage { Message = Text("1"), DeduplicationKey = "k" };
        var first = Done(await Engine.PublishAsync("work", [message]))[0];
        await RestartAsync();
        Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(first with { IsDuplicate = true }, Done(await Engine.PublishAsync("work", [message]))[0]);
        Assert.Equal(["1"], await ClaimTextsAsync(queue));
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(Done(await Engine.PublishAsync("work", [message]))[0].IsDuplicate);
    }

    [EngineFact]
    public async Task Two_with_one_key_in_one_batch_are_one()
    {
        var queue = await QueueAsync();
        var message = new QueueMessage { Message = Text("1"), DeduplicationKey = "k" };
        Assert.Equal([false, true], Done(await Engine.PublishAsync("work", [message, message])).Select(one => one.IsDuplicate));
        Assert.Equal(["1"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task A_purge_leaves_what_is_leased_and_what_comes_later()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, 900).Select(i => $"{i}")]);
        var held = await ClaimAsync(queue, 1);
        Assert.Equal(899, Done(await Engine.PurgeAsync(queue, onlyDead: false)));
        await PublishAsync(queue, "new");
        Assert.Equal(["new"], await ClaimTextsAsync(queue));
        Assert.Equal([true], Done(await Engine.AckAsync(queue, [held[0].Token])));
    }

    [EngineFact]
    public async Task A_consumer_is_given_no_more_bytes_than_it_asks_for_but_one_message_at_least()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, new string('x', 100), new string('y', 100), new string('z', 100));
        var claimed = Done(await Engine.ClaimAsync(queue, new Claim { Holder = "a", Count = 10, Bytes = 200 }));
        Assert.Equal((2, true), (claimed.Deliveries.Count, claimed.IsMore));
        Assert.Single(Done(await Engine.ClaimAsync(queue, new Claim { Holder = "a", Count = 10, Bytes = 1 })).Deliveries);
    }

    [EngineFact]
    public async Task Who_waits_for_messages_is_told_and_who_waits_for_a_queue_that_goes_as_well()
    {
        var queue = await QueueAsync();
        await ClaimAsync(queue);
        var wait = Engine.WaitForReadyAsync(queue, CancellationToken.None);
        Assert.False(wait.IsCompleted);
        await PublishAsync(queue, "1");
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
        await ClaimAsync(queue);
        wait = Engine.WaitForReadyAsync(queue, CancellationToken.None);
        Done(await Engine.DeleteAsync(queue));
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [EngineFact]
    public async Task A_deleted_queue_is_gone_with_its_messages_and_its_name_is_free()
    {
        var queue = await QueueAsync();
        await PublishAsync(queue, "1", "2");
        var held = await ClaimAsync(queue, 1);
        Done(await Engine.DeleteAsync(queue));
        Refused(await Engine.StatsAsync(queue), RefusalKind.NotFound, "work");
        await QueueAsync();
        Assert.Empty(await ClaimAsync(queue));
        Assert.Equal([false], Done(await Engine.AckAsync(queue, [held[0].Token])));
        await RestartAsync();
        Assert.Single(Engine.List(BacklogKind.Queue));
        Assert.Empty(await ClaimAsync(queue));
    }

    [EngineFact]
    public async Task Options_are_kept_and_can_be_set()
    {
        var options = new QueueOptions { Rules = new DeliveryRules { Lease = TimeSpan.FromSeconds(5), MaxDeliveries = 3 }, MaxLength = 7 };
        Done(await Engine.CreateQueueAsync("work", options));
        Done(await Engine.CreateQueueAsync("work", options));
        Refused(await Engine.CreateQueueAsync("work", new QueueOptions()), RefusalKind.AlreadyExists, "work");
        Done(await Engine.ConfigureQueueAsync("work", options with { MaxLength = 8 }));
        await RestartAsync();
        Assert.Equal(options with { MaxLength = 8 }, Assert.Single(Engine.List(BacklogKind.Queue)).Queue);
    }

    [EngineFact]
    public async Task A_full_queue_refuses_whole_batches_and_says_what_to_do()
    {
        var queue = await QueueAsync(maxLength: 2);
        await PublishAsync(queue, "1");
        Refused(
            await Engine.PublishAsync("work", [new QueueMessage { Message = Text("2") }, new QueueMessage { Message = Text("3") }]),
            RefusalKind.ResourceExhausted, "work", "max_length", "2");
        await PublishAsync(queue, "2");
        Assert.Equal(["1", "2"], await ClaimTextsAsync(queue));
    }

    [EngineFact]
    public async Task What_is_not_there_is_named_with_what_there_is()
    {
        Refused(await Engine.PublishAsync("none", [new QueueMessage { Message = Text("") }]), RefusalKind.NotFound, "none", "create it first");
        await QueueAsync("mail");
        Refused(await Engine.ClaimAsync(BacklogName.Queue("none"), new Claim { Holder = "a" }), RefusalKind.NotFound, "none", "mail");
        Refused(await Engine.DeleteAsync(BacklogName.Group("mail")), RefusalKind.NotFound, "no group");
    }

    [EngineTheory]
    [InlineData(10, 0, null, "priority")]
    [InlineData(0, -1, null, "delay")]
    [InlineData(0, 5, 5, "time to live")]
    public async Task What_is_out_of_range_is_named(int priority, int delay, int? life, string named)
    {
        await QueueAsync();
        var message = new QueueMessage
        {
            Message = Text(""),
            Priority = priority,
            Delay = TimeSpan.FromSeconds(delay),
            TimeToLive = life is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        Refused(await Engine.PublishAsync("work", [message]), RefusalKind.InvalidArgument, "message 1", named);
    }

    [EngineFact]
    public async Task A_message_that_is_too_large_is_refused_with_the_limit()
    {
        await QueueAsync();
        var large = Text("") with { Data = new byte[1024 * 1024] };
        Refused(await Engine.PublishAsync("work", [new QueueMessage { Message = large }]), RefusalKind.ResourceExhausted, "MaxMessageBytes", "1048576");
    }

    [EngineTheory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\nb")]
    public async Task A_name_that_is_none_is_refused(string name) =>
        Refused(await Engine.CreateQueueAsync(name, new QueueOptions()), RefusalKind.InvalidArgument, "name");
}
