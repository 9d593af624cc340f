using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Tests.Contract;

public abstract class EventContract(IEngineSite site) : EngineContract(site)
{
    private const long AnyBytes = long.MaxValue;

    [EngineFact]
    public async Task Events_are_read_in_the_order_of_their_sequences_after_a_restart_as_well()
    {
        Assert.Equal([1, 2], Done(await Engine.AppendAsync([Event("a", "1"), Event("b", "2")])).Select(one => one.Sequence));
        Assert.Equal(3, Done(await Engine.AppendAsync([Event("a", "3")]))[0].Sequence);
        await RestartAsync();
        Assert.Equal(3, Engine.LastSequence);
        var page = Done(await Engine.ReadAsync(1, EventFilter.All, 10, AnyBytes));
        Assert.Equal(["2", "3"], page.Events.Select(TextOf));
        Assert.Equal((3, false, 1), (page.Next, page.IsMore, page.Oldest));
        Assert.Equal(4, Done(await Engine.AppendAsync([Event("a")]))[0].Sequence);
    }

    [EngineFact]
    public async Task A_reader_gets_pages_no_larger_than_it_wants_and_goes_on_where_they_end()
    {
        Done(await Engine.AppendAsync([.. Enumerable.Range(1, 50).Select(i => Event(i % 2 == 0 ? "even" : "odd", $"{i}"))]));
        foreach (var restart in new[] { false, true })
        {
            if (restart)
            {
                await RestartAsync();
            }

            var (seen, next, isMore) = (new List<string>(), 0L, true);
            while (isMore)
            {
                var page = Done(await Engine.ReadAsync(next, new EventFilter { Types = ["even"] }, 10, 15));
                Assert.InRange(page.Events.Count, 1, 10);
                seen.AddRange(page.Events.Select(TextOf));
                (next, isMore) = (page.Next, page.IsMore);
            }

            Assert.Equal(Enumerable.Range(1, 25).Select(i => $"{i * 2}"), seen);
            Assert.Equal(50, next);
        }
    }

    [EngineTheory]
    [InlineData("order.*", "order.created,order.paid")]
    [InlineData("order.>", "order.created,order.paid,order.paid.late")]
    [InlineData("*.paid", "order.paid")]
    [InlineData("order.paid", "order.paid")]
    [InlineData(">", "order,order.created,order.paid,order.paid.late,user.created")]
    public async Task Filters_have_wildcards_for_parts(string pattern, string expected)
    {
        string[] types = ["order", "order.created", "order.paid", "order.paid.late", "user.created"];
        Done(await Engine.AppendAsync([.. types.Select(type => Event(type))]));
        var page = Done(await Engine.ReadAsync(0, new EventFilter { Types = [pattern] }, 10, AnyBytes));
        Assert.Equal(expected.Split(','), page.Events.Select(one => one.Message.Type));
    }

    [EngineFact]
    public async Task Filters_ask_for_source_subject_and_correlation()
    {
        var wanted = new Message { Type = "t", Source = "users", Subject = "42", CorrelationId = "c" };
        Done(await Engine.AppendAsync([wanted, wanted with { Source = "orders" }, wanted with { Subject = "43" }, wanted with { CorrelationId = null }]));
        await RestartAsync();
        foreach (var (filter, count) in new[]
        {
            (new EventFilter { Source = "users" }, 3), (new EventFilter { Subject = "42" }, 3), (new EventFilter { CorrelationId = "c" }, 3),
            (new EventFilter { Source = "users", Subject = "42", CorrelationId = "c" }, 1), (new EventFilter { Source = "nobody" }, 0),
        })
        {
            Assert.Equal(count, Done(await Engine.ReadAsync(0, filter, 10, AnyBytes)).Events.Count);
            Assert.Equal(count, Done(await Engine.QueryAsync(new EventQuery { Filter = filter })).Events.Count);
        }
    }

    [EngineFact]
    public async Task The_history_is_asked_by_time_from_either_end_in_pages()
    {
        for (var i = 0; i < 10; i++)
        {
            Done(await Engine.AppendAsync([Event("t", $"{i}")]));
            Time.Advance(TimeSpan.FromMinutes(1));
        }

        var begin = Time.GetUtcNow() - TimeSpan.FromMinutes(10);
        var query = new EventQuery { From = begin.AddMinutes(2), Until = begin.AddMinutes(7), PageSize = 3 };
        foreach (var isNewestFirst in new[] { false, true })
        {
            var first = Done(await Engine.QueryAsync(query with { IsNewestFirst = isNewestFirst }));
            var second = Done(await Engine.QueryAsync(query with { IsNewestFirst = isNewestFirst, After = first.Next }));
            Assert.Equal((true, false), (first.IsMore, second.IsMore));
            Assert.Equal(isNewestFirst ? "65432" : "23456", string.Concat(first.Events.Concat(second.Events).Select(TextOf)));
        }

        Assert.Equal(2, Done(await Engine.PositionAtAsync(begin.AddMinutes(2))));
        Assert.Equal(0, Done(await Engine.PositionAtAsync(begin)));
        Assert.Equal(10, Done(await Engine.PositionAtAsync(begin.AddHours(1))));
    }

    [EngineFact]
    public async Task An_id_that_its_source_has_used_is_answered_as_before()
    {
        var message = Event("t") with { Id = "x" };
        Assert.Equal([1, 1], Done(await Engine.AppendAsync([message, message])).Select(one => one.Sequence));
        await RestartAsync();
        Assert.True(Done(await Engine.AppendAsync([message]))[0].IsDuplicate);
        Assert.False(Done(await Engine.AppendAsync([message with { Source = "other" }]))[0].IsDuplicate);
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(Done(await Engine.AppendAsync([message]))[0].IsDuplicate);
    }

    [EngineFact]
    public async Task Who_waits_for_an_event_is_told()
    {
        var wait = Engine.WaitForEventsAsync(0, CancellationToken.None);
        Assert.False(wait.IsCompleted);
        Done(await Engine.AppendAsync([Event("t")]));
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [EngineFact]
    public async Task Of_each_type_as_many_are_kept_as_was_said_and_the_oldest_go_first()
    {
        Done(await Engine.SetRetentionAsync("much", new Retention(100)));
        for (var i = 0; i < 10; i++)
        {
            Done(await Engine.AppendAsync([.. Enumerable.Range(0, 100).Select(j => Event("much", $"{i * 100 + j}")), Event("little")]));
        }

        await UntilOldestAsync("much", oldest => oldest >= 850);
        await RestartAsync();
        Assert.Equal(10, Done(await Engine.QueryAsync(new EventQuery { Filter = new EventFilter { Types = ["little"] } })).Events.Count);
        Assert.Equal("999", TextOf(Done(await Engine.QueryAsync(new EventQuery { Filter = new EventFilter { Types = ["much"] }, IsNewestFirst = true })).Events[0]));
    }

    [EngineFact]
    public async Task What_is_too_old_goes_but_for_the_newest()
    {
        Done(await Engine.SetRetentionAsync("t", new Retention(100, TimeSpan.FromHours(1))));
        Done(await Engine.AppendAsync([Event("t", "0"), Event("t", "1"), Event("other", "2")]));
        Time.Advance(TimeSpan.FromHours(2));
        await UntilOldestAsync("t", oldest => oldest is null);
        Assert.Equal(4, Done(await Engine.AppendAsync([Event("t")]))[0].Sequence);
    }

    [EngineTheory]
    [InlineData("")]
    [InlineData("order..paid")]
    [InlineData("order.*")]
    [InlineData("order paid")]
    public async Task A_type_that_is_none_is_refused(string type) =>
        Refused(await Engine.AppendAsync([Event("fine"), Event(type)]), RefusalKind.InvalidArgument, "event 2", "type");

    [EngineTheory]
    [InlineData(">.order")]
    [InlineData("a.>.b")]
    [InlineData("a*")]
    public async Task A_pattern_that_is_none_is_refused(string pattern) =>
        Refused(await Engine.ReadAsync(0, new EventFilter { Types = [pattern] }, 1, 1), RefusalKind.InvalidArgument, pattern);

    [EngineFact]
    public async Task A_batch_is_added_whole_or_not_at_all()
    {
        Refused(await Engine.AppendAsync([]), RefusalKind.InvalidArgument, "batch");
        Refused(await Engine.AppendAsync([Event("t"), Event("t") with { Data = new byte[2_000_000] }]), RefusalKind.ResourceExhausted, "event 2", "MaxMessageBytes");
        Assert.Equal(0, Engine.LastSequence);
    }

    private Task UntilOldestAsync(string type, Func<int?, bool> condition) => Mesh.Tests.Condition.HoldsAsync(
        async () =>
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            var page = Done(await Engine.QueryAsync(new EventQuery { Filter = new EventFilter { Types = [type] }, PageSize = 1 }));
            return condition(page.Events is [var oldest] ? int.Parse(TextOf(oldest), null) : null);
        },
        () => $"the oldest of '{type}'",
        TimeSpan.FromSeconds(60));
}
