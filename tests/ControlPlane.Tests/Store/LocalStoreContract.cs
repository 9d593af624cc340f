using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>What a store does besides that one process has alone.</summary>
public abstract class LocalStoreContract : StoreContract
{
    [Fact]
    public async Task A_batch_has_been_told_before_its_writer_is_answered()
    {
        var snapshot = await Store.LoadAsync(default);
        using var watch = Store.Watch(snapshot.StoreId, snapshot.Revision, Note);
        for (var i = 0; i < 20; i++)
        {
            var revision = await PutAsync(("a", $"{i}"));
            Assert.Equal(revision, ((StoreEvent.Made)Events.Last()).Revisions[^1].Revision);
        }
    }

    [Fact]
    public async Task The_log_is_bounded_and_the_entries_are_not()
    {
        await using var store = Open(new StoreOptions { LogRevisions = 20 });
        for (var i = 0; i < 100; i++)
        {
            await store.AppendAsync(Batch.Of([], [new($"k{i}", "x"u8.ToArray())]));
        }

        var snapshot = await store.LoadAsync(default);
        Assert.Equal(100, snapshot.Entries.Count);
        Assert.InRange(snapshot.Revision - snapshot.Oldest, 20, 26);
    }

    [Fact]
    public async Task The_log_is_bounded_by_bytes()
    {
        await using var store = Open(new StoreOptions { LogBytes = 100_000 });
        for (var i = 0; i < 50; i++)
        {
            await store.AppendAsync(Batch.Of([], [new("k", new byte[10_000])]));
        }

        var snapshot = await store.LoadAsync(default);
        Assert.InRange(snapshot.Revision - snapshot.Oldest, 7, 13);
    }
}
