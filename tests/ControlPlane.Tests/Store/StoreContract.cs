using System.Collections.Concurrent;
using System.Text;
using Mesh.ControlPlane.Store;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>What every store does.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<StoreEvent> _events = new();
    private IStore _store = null!;

    private protected IStore Store => _store;

    private protected IEnumerable<StoreEvent> Events => _events;

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private protected ConcurrentQueue<StoreEvent> Others { get; } = new();

    private protected abstract IStore Open(StoreOptions options);

    public virtual Task InitializeAsync()
    {
        _store = Open(new StoreOptions());
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync() => await _store.DisposeAsync();

    [ContractFact]
    public async Task It_begins_empty_with_an_id_and_a_revision_that_survives_json()
    {
        var snapshot = await _store.LoadAsync(default);
        Assert.NotEmpty(snapshot.StoreId);
        Assert.Empty(snapshot.Entries);
        Assert.InRange(snapshot.Oldest, 1, snapshot.Revision);
        Assert.InRange(snapshot.Revision, 1, 1L << 53);
    }

    [ContractFact]
    public async Task A_batch_is_made_at_one_revision_that_is_each_of_its_keys()
    {
        var start = (await _store.LoadAsync(default)).Revision;
        var first = await PutAsync(("a", "1"), ("b", "2"));
        Assert.True(first > start);
        var second = await AppendAsync([], ("a", null), ("c", "3"));
        Assert.True(second.IsApplied && second.Revision > first);
        Assert.Equal([("b", "2", first), ("c", "3", second.Revision)], await EntriesAsync());
        Assert.True((await _store.LoadAsync(default)).Revision >= second.Revision);
    }

    [ContractFact]
    public async Task A_key_is_read_as_it_is_now()
    {
        var large = new string('x', 500_000);
        var first = await PutAsync(("a", "1"), ("b", large), ("c", large));
        var second = await PutAsync(("a", "2"));
        Assert.Equal(("2", second), await ReadAsync("a"));
        Assert.Equal((large, first), await ReadAsync("b"));
        await AppendAsync([], ("a", null));
        Assert.Equal(("", 0), await ReadAsync("a"));
        Assert.Equal(("", 0), await ReadAsync("never"));

        async Task<(string, long)> ReadAsync(string key) =>
            await _store.ReadAsync(key, default) is { } entry ? (Encoding.UTF8.GetString(entry.Value), entry.Revision) : ("", 0);
    }

    [ContractFact]
    public async Task A_batch_whose_preconditions_do_not_all_hold_changes_nothing_and_says_what_holds()
    {
        var revision = await PutAsync(("a", "1"));
        var absent = await AppendAsync([new("a", 0)], ("a", "2"), ("b", "2"));
        Assert.Equal((false, new Precondition("a", revision)), (absent.IsApplied, absent.Conflict!.Value));
        Assert.True(absent.Revision >= revision);
        var there = await AppendAsync([new("a", revision), new("b", 7)], ("a", "2"), ("b", "2"));
        Assert.Equal(new Precondition("b", 0), there.Conflict);
        Assert.Equal([("a", "1", revision)], await EntriesAsync());
        Assert.True((await AppendAsync([new("a", revision), new("b", 0)], ("a", "2"))).IsApplied);
    }

    [ContractFact]
    public async Task The_same_batch_is_made_once()
    {
        var batch = Batch.Of([new("a", 0)], [new("a", "1"u8.ToArray())]);
        var first = await _store.AppendAsync(batch);
        Assert.Equal(first, await _store.AppendAsync(batch));
        Assert.Equal([("a", "1", first.Revision)], await EntriesAsync());
    }

    [ContractFact]
    public async Task Of_many_who_want_the_same_at_once_one_has_it()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => AppendAsync([new("a", 0)], ("a", $"{i}")))));
        Assert.Single(results, result => result.IsApplied);
        Assert.All(results, result => Assert.True(result.IsApplied || result.Conflict!.Value.Revision == results.Single(r => r.IsApplied).Revision));
    }

    [ContractFact]
    public async Task A_watch_is_told_every_revision_whole_and_in_order()
    {
        var snapshot = await _store.LoadAsync(default);
        await PutAsync(("before", "1"), ("too", "1"));
        using var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => PutAsync(($"a{i}", "x"), ($"b{i}", "y")))));
        await AppendAsync([], ("before", null));

        // Batches that are made at the same time may be one revision.
        await Bound.UntilAsync(() => Events.OfType<StoreEvent.Made>().Any(made => made.Revisions.Any(revision => revision.Changes.Any(change => change.Value is null))));
        var revisions = Events.Cast<StoreEvent.Made>().SelectMany(made => made.Revisions).ToList();
        Assert.Equal(revisions.Select(revision => revision.Revision).Order().Distinct(), revisions.Select(revision => revision.Revision));
        Assert.Equal(403, revisions.Sum(revision => revision.Changes.Count));
        Assert.All(revisions, revision => Assert.Equal(
            revision.Changes.Where(change => change.Key[0] == 'a').Select(change => change.Key[1..]).Order(),
            revision.Changes.Where(change => change.Key is ['b', not 'e', ..]).Select(change => change.Key[1..]).Order()));
        Assert.Equal(["before", "too"], revisions[0].Changes.Select(change => change.Key).Order());
        Assert.Equal(("before", null), (revisions[^1].Changes[0].Key, revisions[^1].Changes[0].Value));
    }

    [ContractFact]
    public async Task A_watch_that_is_disposed_is_told_nothing_more()
    {
        var snapshot = await _store.LoadAsync(default);
        var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        await PutAsync(("a", "1"));
        await Bound.UntilAsync(() => _events.OfType<StoreEvent.Made>().Any());
        watch.Dispose();
        var told = _events.Count;
        var snapshot2 = await _store.LoadAsync(default);
        using var other = _store.Watch(snapshot2.StoreId, snapshot2.Revision, Others.Enqueue);
        await PutAsync(("a", "2"));
        await Bound.UntilAsync(() => Others.OfType<StoreEvent.Made>().Any());
        Assert.Equal(told, _events.Count);
    }

    [ContractFact]
    public async Task A_watch_from_a_revision_that_was_compacted_is_told_so_and_nothing_more()
    {
        var snapshot = await _store.LoadAsync(default);
        var first = await PutAsync(("a", "1"));
        var second = await PutAsync(("a", "2"));
        await _store.CompactAsync(first);
        Assert.Equal(first, (await _store.LoadAsync(default)).Oldest);

        using var lost = _store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        await PutAsync(("a", "3"));
        await Bound.UntilAsync(() => _events.OfType<StoreEvent.Compacted>().Any());
        Assert.Equal([new StoreEvent.Compacted(first)], _events);
        _events.Clear();
        using var kept = _store.Watch(snapshot.StoreId, first, Note);
        Assert.Equal(second, (await RevisionsAsync(2))[0].Revision);
    }

    [ContractFact]
    public async Task A_watch_of_another_history_or_from_the_future_is_told_so()
    {
        var snapshot = await _store.LoadAsync(default);
        using var foreign = _store.Watch("another", snapshot.Revision, Note);
        using var future = _store.Watch(snapshot.StoreId, snapshot.Revision + 1_000_000, Note);
        await PutAsync(("a", "1"));
        await Bound.UntilAsync(() => _events.Count == 2);
        Assert.Equal([new StoreEvent.NewHistory(snapshot.StoreId), new StoreEvent.NewHistory(snapshot.StoreId)], _events);
    }

    [ContractFact]
    public async Task Any_text_is_a_key_and_any_octets_are_a_value()
    {
        var values = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        foreach (var key in new[] { "i/é/😀", "i/é", "I/é", "'; DROP TABLE entries; --", new string('k', 2000) })
        {
            Assert.True((await _store.AppendAsync(Batch.Of([new(key, 0)], [new(key, values)]))).IsApplied);
        }

        var entries = (await _store.LoadAsync(default)).Entries;
        Assert.Equal(5, entries.Count);
        Assert.All(entries, entry => Assert.Equal(values, entry.Value));
        await _store.AppendAsync(Batch.Of([], [new("empty", [])]));
        Assert.Empty((await _store.LoadAsync(default)).Entries.Single(entry => entry.Key == "empty").Value);
    }

    [ContractFact]
    public async Task What_is_written_under_a_session_is_refused_once_that_is_closed()
    {
        await using var other = await OpenSessionAsync("two");
        var session = await OpenSessionAsync("one");
        Assert.True(session.IsAlive);
        Assert.NotEqual(other.Epoch, session.Epoch);
        Assert.Contains("s/one", (await _store.LoadAsync(default)).Entries.Select(entry => entry.Key));
        Assert.True((await AppendAsync([session.Guard], ("a", "1"))).IsApplied);

        await session.DisposeAsync();
        Assert.False(session.IsAlive);
        Assert.True(session.Lost.IsCancellationRequested);
        var late = await AppendAsync([session.Guard], ("a", "2"));
        Assert.Equal(new Precondition("s/one", 0), late.Conflict);
        Assert.True((await AppendAsync([other.Guard], ("a", "3"))).IsApplied);
    }

    [ContractFact]
    public async Task A_session_of_the_same_name_later_has_a_higher_token()
    {
        var first = await OpenSessionAsync("one");
        await first.DisposeAsync();
        await using var second = await OpenSessionAsync("one");
        Assert.True(second.Epoch > first.Epoch);
        Assert.False((await AppendAsync([first.Guard], ("a", "1"))).IsApplied);
        Assert.True((await AppendAsync([second.Guard], ("a", "2"))).IsApplied);
    }

    [ContractFact]
    public async Task One_session_has_a_job_until_it_is_closed_and_its_token_is_good_for_nothing_then()
    {
        var first = await OpenSessionAsync("one");
        await using var second = await OpenSessionAsync("two");
        var token = (await first.LeadAsync("sweep", default))!.Value;
        Assert.Equal(token, await first.LeadAsync("sweep", default));
        Assert.Null(await second.LeadAsync("sweep", default));
        Assert.NotNull(await second.LeadAsync("dust", default));
        Assert.True((await AppendAsync([token], ("a", "1"))).IsApplied);

        await first.DisposeAsync();
        var next = (await second.LeadAsync("sweep", default))!.Value;
        Assert.True(next.Revision > token.Revision);
        Assert.False((await AppendAsync([token], ("a", "2"))).IsApplied);
        Assert.True((await AppendAsync([next], ("a", "3"))).IsApplied);
        Assert.Null(await first.LeadAsync("sweep", default));
    }

    [ContractFact]
    public async Task A_batch_of_thousands_is_one_revision()
    {
        var snapshot = await _store.LoadAsync(default);
        using var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        await AppendAsync([], [.. Enumerable.Range(0, 2000).Select(i => ($"k/{i:D5}", (string?)"x"))]);
        Assert.Equal(2000, (await RevisionsAsync(1))[0].Changes.Count);
    }

    [ContractFact]
    public async Task Values_of_three_megabytes_together_are_one_revision()
    {
        var snapshot = await _store.LoadAsync(default);
        using var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        var large = Enumerable.Range(0, 3).Select(i => Enumerable.Repeat((byte)(i + 1), 1_000_000).ToArray()).ToList();
        await _store.AppendAsync(Batch.Of([], [.. large.Select((value, i) => new StoreChange($"large/{i}", value)), new("small", [1])]));
        var made = (await RevisionsAsync(1))[0];
        Assert.Equal(4, made.Changes.Count);
        Assert.All(large, value => Assert.Contains(made.Changes, change => change.Value!.AsSpan().SequenceEqual(value)));
        var entries = (await _store.LoadAsync(default)).Entries;
        Assert.Equal(4, entries.Count);
        Assert.All(large, value => Assert.Contains(entries, entry => entry.Value.AsSpan().SequenceEqual(value) && entry.Revision == made.Revision));
    }

    // That nothing has changed may be told at any time.
    private protected void Note(StoreEvent what)
    {
        if (what is not StoreEvent.Reached)
        {
            _events.Enqueue(what);
        }
    }

    private Task<StoreSession> OpenSessionAsync(string name) => _store.OpenSessionAsync(name, "who"u8.ToArray(), Ttl, default);

    private protected async Task<long> PutAsync(params (string Key, string? Value)[] changes)
    {
        var result = await AppendAsync([], changes);
        Assert.True(result.IsApplied);
        return result.Revision;
    }

    private Task<AppendResult> AppendAsync(Precondition[] preconditions, params (string Key, string? Value)[] changes) =>
        _store.MakeAsync(Batch.Of(preconditions, [.. changes.Select(change =>
            new StoreChange(change.Key, change.Value is null ? null : Encoding.UTF8.GetBytes(change.Value)))]));

    private async Task<IEnumerable<(string, string, long)>> EntriesAsync() => (await _store.LoadAsync(default)).Entries
        .OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, Encoding.UTF8.GetString(entry.Value), entry.Revision));

    private async Task<List<StoreRevision>> RevisionsAsync(int count)
    {
        await Bound.UntilAsync(() => Revisions().Count() >= count);
        var revisions = Revisions().ToList();
        Assert.Equal(count, revisions.Count);
        return revisions;

        IEnumerable<StoreRevision> Revisions() => Events.Cast<StoreEvent.Made>().SelectMany(made => made.Revisions);
    }
}
