using System.Collections.Concurrent;
using System.Text;
using Mesh.ControlPlane.Store;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>What every store does.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private readonly ConcurrentQueue<StoreEvent> _events = new();
    private IStore _store = null!;

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private protected abstract IStore Open(StoreOptions options);

    public virtual Task InitializeAsync()
    {
        _store = Open(new StoreOptions());
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task It_begins_empty_with_an_id_and_a_revision_that_survives_json()
    {
        var snapshot = await _store.LoadAsync(default);
        Assert.NotEmpty(snapshot.StoreId);
        Assert.Empty(snapshot.Entries);
        Assert.Equal(snapshot.Revision, snapshot.Oldest);
        Assert.InRange(snapshot.Revision, 1, 1L << 53);
    }

    [Fact]
    public async Task A_batch_is_made_at_one_revision_that_is_each_of_its_keys()
    {
        var start = (await _store.LoadAsync(default)).Revision;
        var first = await PutAsync(("a", "1"), ("b", "2"));
        Assert.True(first > start);
        var second = await AppendAsync([], ("a", null), ("c", "3"));
        Assert.True(second.IsApplied && second.Revision > first);
        Assert.Equal([("b", "2", first), ("c", "3", second.Revision)], await EntriesAsync());
        Assert.Equal(second.Revision, (await _store.LoadAsync(default)).Revision);
    }

    [Fact]
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

    [Fact]
    public async Task The_same_batch_is_made_once()
    {
        var batch = Batch.Of([new("a", 0)], [new("a", "1"u8.ToArray())]);
        var first = await _store.AppendAsync(batch);
        Assert.Equal(first, await _store.AppendAsync(batch));
        Assert.Equal([("a", "1", first.Revision)], await EntriesAsync());
    }

    [Fact]
    public async Task Of_many_who_want_the_same_at_once_one_has_it()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => AppendAsync([new("a", 0)], ("a", $"{i}")))));
        Assert.Single(results, result => result.IsApplied);
        Assert.All(results, result => Assert.True(result.IsApplied || result.Conflict!.Value.Revision == results.Single(r => r.IsApplied).Revision));
    }

    [Fact]
    public async Task A_watch_is_told_every_revision_whole_and_in_order()
    {
        var snapshot = await _store.LoadAsync(default);
        await PutAsync(("before", "1"), ("too", "1"));
        using var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, _events.Enqueue);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => PutAsync(($"a{i}", "x"), ($"b{i}", "y")))));
        await AppendAsync([], ("before", null));

        var revisions = await RevisionsAsync(202);
        Assert.Equal(revisions.Select(revision => revision.Revision).Order().Distinct(), revisions.Select(revision => revision.Revision));
        Assert.All(revisions.Take(201), revision => Assert.Equal(2, revision.Changes.Count));
        Assert.Equal(["before", "too"], revisions[0].Changes.Select(change => change.Key).Order());
        Assert.Equal(("before", null), (revisions[^1].Changes[0].Key, revisions[^1].Changes[0].Value));
    }

    [Fact]
    public async Task A_batch_has_been_told_before_its_writer_is_answered()
    {
        var snapshot = await _store.LoadAsync(default);
        using var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, _events.Enqueue);
        for (var i = 0; i < 20; i++)
        {
            var revision = await PutAsync(("a", $"{i}"));
            Assert.Equal(revision, ((StoreEvent.Made)_events.Last()).Revisions[^1].Revision);
        }
    }

    [Fact]
    public async Task A_watch_that_is_disposed_is_told_nothing_more()
    {
        var snapshot = await _store.LoadAsync(default);
        var watch = _store.Watch(snapshot.StoreId, snapshot.Revision, _events.Enqueue);
        await PutAsync(("a", "1"));
        watch.Dispose();
        var told = _events.Count;
        await PutAsync(("a", "2"));
        Assert.Equal(told, _events.Count);
    }

    [Fact]
    public async Task A_watch_from_a_revision_that_was_compacted_is_told_so_and_nothing_more()
    {
        var snapshot = await _store.LoadAsync(default);
        var first = await PutAsync(("a", "1"));
        var second = await PutAsync(("a", "2"));
        await _store.CompactAsync(first);
        Assert.Equal(first, (await _store.LoadAsync(default)).Oldest);

        using var lost = _store.Watch(snapshot.StoreId, snapshot.Revision, _events.Enqueue);
        await PutAsync(("a", "3"));
        Assert.Equal([new StoreEvent.Compacted(first)], _events);
        _events.Clear();
        using var kept = _store.Watch(snapshot.StoreId, first, _events.Enqueue);
        Assert.Equal(second, (await RevisionsAsync(2))[0].Revision);
    }

    [Fact]
    public async Task A_watch_of_another_history_or_from_the_future_is_told_so()
    {
        var snapshot = await _store.LoadAsync(default);
        using var foreign = _store.Watch("another", snapshot.Revision, _events.Enqueue);
        using var future = _store.Watch(snapshot.StoreId, snapshot.Revision + 1, _events.Enqueue);
        await PutAsync(("a", "1"));
        Assert.Equal([new StoreEvent.NewHistory(snapshot.StoreId), new StoreEvent.NewHistory(snapshot.StoreId)], _events);
    }

    [Fact]
    public async Task The_log_is_bounded_and_the_entries_are_not()
    {
        await using var store = Open(new StoreOptions { LogRevisions = 20 });
        for (var i = 0; i < 100; i++)
            await store.AppendAsync(Batch.Of([], [new($"k{i}", "x"u8.ToArray())]));
        var snapshot = await store.LoadAsync(default);
        Assert.Equal(100, snapshot.Entries.Count);
        Assert.InRange(snapshot.Revision - snapshot.Oldest, 20, 26);
    }

    [Fact]
    public async Task The_log_is_bounded_by_bytes()
    {
        await using var store = Open(new StoreOptions { LogBytes = 100_000 });
        for (var i = 0; i < 50; i++)
            await store.AppendAsync(Batch.Of([], [new("k", new byte[10_000])]));
        var snapshot = await store.LoadAsync(default);
        Assert.InRange(snapshot.Revision - snapshot.Oldest, 7, 13);
    }

    [Fact]
    public async Task Any_text_is_a_key_and_any_octets_are_a_value()
    {
        var values = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        foreach (var key in new[] { "i/é/😀", "i/é", "I/é", "'; DROP TABLE entries; --", new string('k', 2000) })
            Assert.True((await _store.AppendAsync(Batch.Of([new(key, 0)], [new(key, values)]))).IsApplied);
        var entries = (await _store.LoadAsync(default)).Entries;
        Assert.Equal(5, entries.Count);
        Assert.All(entries, entry => Assert.Equal(values, entry.Value));
        await _store.AppendAsync(Batch.Of([], [new("empty", [])]));
        Assert.Empty((await _store.LoadAsync(default)).Entries.Single(entry => entry.Key == "empty").Value);
    }

    private async Task<long> PutAsync(params (string Key, string? Value)[] changes)
    {
        var result = await AppendAsync([], changes);
        Assert.True(result.IsApplied);
        return result.Revision;
    }

    private Task<AppendResult> AppendAsync(Precondition[] preconditions, params (string Key, string? Value)[] changes) =>
        _store.AppendAsync(Batch.Of(preconditions, [.. changes.Select(change =>
            new StoreChange(change.Key, change.Value is null ? null : Encoding.UTF8.GetBytes(change.Value)))]));

    private async Task<IEnumerable<(string, string, long)>> EntriesAsync() => (await _store.LoadAsync(default)).Entries
        .OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, Encoding.UTF8.GetString(entry.Value), entry.Revision));

    private async Task<List<StoreRevision>> RevisionsAsync(int count)
    {
        // Whatever is asked later is answered after what was asked before.
        await _store.LoadAsync(default);
        var revisions = _events.Cast<StoreEvent.Made>().SelectMany(made => made.Revisions).ToList();
        Assert.Equal(count, revisions.Count);
        return revisions;
    }
}
