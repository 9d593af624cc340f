using System.Collections.Concurrent;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Etcd;
using Mesh.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>What goes wrong between a control plane and etcd.</summary>
public sealed class EtcdFaultsTests
{
    [EtcdFact]
    public async Task A_change_whose_answer_was_lost_is_made_once_and_at_its_own_revision()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var relay = new LinkRelay(etcd.Urls[0].Port);
        await using var witness = EtcdFixture.Open(etcd);
        await using var store = EtcdFixture.Open(etcd, more: options => options with { Members = [relay.Url] });
        Assert.True((await store.MakeAsync(Batch.Of([], [new("a", "0"u8.ToArray())]))).IsApplied);
        for (var round = 1; round <= 3; round++)
        {
            // With a condition that holds no more once it was made, and without one.
            Assert.True((await store.MakeAsync(Batch.Of([], [new("a", [(byte)round])]))).IsApplied);
            relay.Deafen();
            var key = $"key-{round}";
            var lost = store.AppendAsync(Batch.Of(round == 1 ? [new(key, 0)] : [], [new(key, "1"u8.ToArray())]));
            await Bound.UntilAsync(async () => (await witness.LoadAsync(default)).Entries.Any(entry => entry.Key == key));
            relay.Mend();
            var result = await lost;
            Assert.True(result.IsApplied);
            Assert.Equal(result.Revision, (await witness.LoadAsync(default)).Entries.Single(entry => entry.Key == key).Revision);
        }
    }

    [EtcdFact]
    public async Task A_long_past_of_small_changes_is_caught_up_with_at_once()
    {
        // In pieces it would be told as several, and take etcd seconds for each.
        Assert.Single(await CatchUpAsync(options => options));
    }

    [EtcdFact]
    public async Task A_long_past_that_is_more_than_a_message_may_have_is_caught_up_with_a_piece_at_a_time()
    {
        // The silence is shorter than etcd takes for a piece of so many changes.
        var told = await CatchUpAsync(options => options with
        {
            LargestMessage = 3 * 1024 * 1024,
            LongestSilence = TimeSpan.FromMilliseconds(200),
            LongestPiece = TimeSpan.FromMinutes(1),
        });
        Assert.True(told.Count > 1, "all was told at once, at the end");
    }

    private static async Task<IReadOnlyCollection<IReadOnlyList<StoreRevision>>> CatchUpAsync(Func<EtcdOptions, EtcdOptions> more)
    {
        const int batches = 10;
        await using var etcd = await EtcdCluster.StartAsync();
        await using var other = EtcdFixture.Open(etcd);
        var begun = (await other.MakeAsync(Batch.Of([], [new("first", [1])]))).Revision;
        var last = 0L;
        for (var batch = 0; batch < batches; batch++)
        {
            last = (await other.MakeAsync(Batch.Of([], [.. Enumerable.Range(0, 4000).Select(i => new StoreChange($"service-{i % 100}/instance-{i}", new byte[40]))]))).Revision;
        }

        await using var store = EtcdFixture.Open(etcd, more: more);
        var snapshot = await store.LoadAsync(default);
        var told = new ConcurrentQueue<IReadOnlyList<StoreRevision>>();
        using var watch = store.Watch(snapshot.StoreId, begun, what =>
        {
            if (what is StoreEvent.Made made)
            {
                told.Enqueue(made.Revisions);
            }
        });
        await Bound.UntilAsync(() => told.Any(revisions => revisions[^1].Revision == last));
        var all = told.SelectMany(revisions => revisions).ToList();
        // One that etcd was too slow for may have been made all the same, and again.
        Assert.True(all.Count >= batches, $"{all.Count} revisions were told");
        Assert.Equal(all.Select(revision => revision.Revision).Distinct().Order(), all.Select(revision => revision.Revision));
        Assert.All(all, revision => Assert.Equal(4000, revision.Changes.Count));
        return told;
    }

    [EtcdFact]
    public async Task What_was_compacted_while_nothing_was_heard_is_loaded_and_only_the_difference_told()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var relay = new LinkRelay(etcd.Urls[0].Port);
        await using var other = EtcdFixture.Open(etcd);
        await using var store = EtcdFixture.Open(etcd, more: options => options with { Members = [relay.Url] });
        await other.MakeAsync(Batch.Of([], [new("same", "1"u8.ToArray()), new("changed", "1"u8.ToArray()), new("gone", "1"u8.ToArray())]));
        using var journal = new Journal(store, new StoreIdentity(), TimeProvider.System, NullLogger<Journal>.Instance);
        var reader = new Reader();
        journal.Add(reader);
        await journal.StartAsync(default);
        Assert.Equal(["changed", "gone", "same"], reader.Keys);

        relay.Deafen();
        await other.MakeAsync(Batch.Of([], [new("changed", "2"u8.ToArray()), new("gone", null), new("new", "1"u8.ToArray())]));
        var last = await other.MakeAsync(Batch.Of([], [new("new", "2"u8.ToArray())]));
        await other.CompactAsync(last.Revision);
        relay.Mend();

        await Bound.UntilAsync(() => journal.Identity.Revision >= last.Revision);
        Assert.Equal(["changed", "new", "same"], reader.Keys);
        Assert.Equal(1, reader.Loads);
        Assert.DoesNotContain("same", reader.Told);
        // And it goes on.
        await other.MakeAsync(Batch.Of([], [new("later", "1"u8.ToArray())]));
        await Bound.UntilAsync(() => reader.Keys.Contains("later"));
    }

    [EtcdFact]
    public async Task It_says_when_etcd_is_gone_refuses_soon_and_goes_on_when_it_is_back()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var store = EtcdFixture.Open(
            etcd, more: options => options with { LongestSilence = TimeSpan.FromSeconds(2), LongestWriteUnreached = TimeSpan.FromSeconds(0.8) });
        var snapshot = await store.LoadAsync(default);
        var events = new ConcurrentQueue<StoreEvent>();
        using var watch = store.Watch(snapshot.StoreId, snapshot.Revision, events.Enqueue);
        await Bound.UntilAsync(() => !events.IsEmpty);
        Assert.Null(store.Fault);
        etcd.Stop(0);
        await Bound.UntilAsync(() => store.Fault is not null);
        Assert.StartsWith("etcd is out of reach: ", store.Fault, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(Batch.Of([], [new("a", [1])])));
        Assert.Equal(StoreFault.Unavailable, refused.Fault);
        etcd.Continue(0);
        await Bound.UntilAsync(() => store.Fault is null);
        var made = await store.MakeAsync(Batch.Of([], [new("b", [1])]));
        await Bound.UntilAsync(() => events.OfType<StoreEvent.Made>().Any(what => what.Revisions[^1].Revision >= made.Revision));
    }

    [EtcdFact]
    public async Task A_session_whose_process_stands_still_is_lost_and_what_it_writes_later_refused()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var relay = new LinkRelay(etcd.Urls[0].Port);
        await using var other = EtcdFixture.Open(etcd);
        await using var store = EtcdFixture.Open(etcd, more: options => options with { Members = [relay.Url] });
        await using var session = await store.OpenSessionAsync("one", [], TimeSpan.FromSeconds(2), default);
        var token = (await session.LeadAsync("job", default))!.Value;
        relay.Deafen();
        await Bound.UntilAsync(() => !session.IsAlive && session.Lost.IsCancellationRequested);
        await Bound.UntilAsync(async () => (await other.LoadAsync(default)).Entries.All(entry => entry.Key is not ("s/one" or "e/job")));
        relay.Mend();
        var late = await store.MakeAsync(Batch.Of([session.Guard], [new("a", [1])]));
        Assert.Equal("s/one", late.Conflict?.Key);
        Assert.False((await store.MakeAsync(Batch.Of([token], [new("a", [1])]))).IsApplied);
        Assert.Null(await session.LeadAsync("job", default));
    }

    [EtcdFact]
    public async Task The_log_is_cut_by_the_one_that_leads_and_nothing_is_swept_that_is_referred_to()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var store = EtcdFixture.Open(etcd, new StoreOptions { LogRevisions = 20 });
        await using var session = await store.OpenSessionAsync("one", [], TimeSpan.FromSeconds(10), default);
        var token = (await session.LeadAsync(ReplicaSessions.Leader, default))!.Value;
        var large = new byte[600_000];
        await store.MakeAsync(Batch.Of([], [new("kept", large), new("replaced", [.. large, 1])]));
        await store.MakeAsync(Batch.Of([], [new("replaced", [1])]));
        for (var i = 0; i < 60; i++)
        {
            await store.MakeAsync(Batch.Of([], [new("k", [1])]));
        }

        await store.RetainAsync(token with { Revision = token.Revision + 1 });
        Assert.True((await store.LoadAsync(default)) is var before && before.Revision - before.Oldest <= 20 && CountOf(await etcd.ControlAsync("get", "/mesh/~compacted")) == 0);
        await store.RetainAsync(token);
        Assert.NotEqual(0, CountOf(await etcd.ControlAsync("get", "/mesh/~compacted")));

        await using var setup = new EtcdSetup(new EtcdOptions { Members = etcd.Urls }, TimeProvider.System, new Random(1), NullLogger.Instance);
        var history = await setup.HistoryAsync(null, default);
        var job = (setup.Keys.Of(token.Key), history.ToEtcd(token.Revision));
        var sweep = new EtcdSweep(setup);
        Assert.Equal(2, CountOf(await etcd.ControlAsync("get", "/mesh/~b/", "--prefix", "--keys-only")));
        await sweep.SweepNowAsync(job, default);
        Assert.Equal(2, CountOf(await etcd.ControlAsync("get", "/mesh/~b/", "--prefix", "--keys-only")));
        await sweep.SweepNowAsync(job, default);
        Assert.Equal(1, CountOf(await etcd.ControlAsync("get", "/mesh/~b/", "--prefix", "--keys-only")));
        Assert.Equal(large, (await store.LoadAsync(default)).Entries.Single(entry => entry.Key == "kept").Value);
        // The lanes that went with it are made anew.
        Assert.True((await store.MakeAsync(Batch.Of([], [new("k", [2])]))).IsApplied);
    }

    [EtcdFact]
    public async Task What_is_too_large_is_refused_whole()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var store = EtcdFixture.Open(etcd);
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(Batch.Of([], [.. Enumerable.Range(0, 4001).Select(i => new StoreChange($"k{i}", [1]))])));
        Assert.Equal((StoreFault.TooLarge, "the change has 4001 parts, and etcd takes 4000 in one: change less at once"), (refused.Fault, refused.Message));
        Assert.Equal(StoreFault.TooLarge, (await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(Batch.Of([], [new("a", new byte[2_000_000])])))).Fault);
        Assert.Empty((await store.LoadAsync(default)).Entries);
        Assert.True((await store.MakeAsync(Batch.Of([], [.. Enumerable.Range(0, 4000).Select(i => new StoreChange($"k{i}", [1]))]))).IsApplied);
    }

    private static int CountOf(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private sealed class Reader : IJournalReader
    {
        private readonly Lock _lock = new();
        private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);

        public int Loads { get; private set; }

        public ConcurrentQueue<string> Told { get; } = new();

        public List<string> Keys
        {
            get
            {
                lock (_lock)
                {
                    return [.. _keys.Where(key => !key.Contains('/', StringComparison.Ordinal))];
                }
            }
        }

        public void Load(StoreSnapshot snapshot)
        {
            Loads++;
            lock (_lock)
            {
                _keys.Clear();
                _keys.UnionWith(snapshot.Entries.Select(entry => entry.Key));
            }
        }

        public void Remember(IReadOnlyList<StoreRevision> revisions)
        {
        }

        public void Apply(IReadOnlyList<StoreRevision> revisions)
        {
            foreach (var (key, value) in revisions.SelectMany(revision => revision.Changes))
            {
                Told.Enqueue(key);
                lock (_lock)
                {
                    _ = value is null ? _keys.Remove(key) : _keys.Add(key);
                }
            }
        }
    }
}
