using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Store;

public sealed class SqliteStoreTests : LocalStoreContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-store-").FullName;
    private int _files;

    private string File => Path.Combine(_folder, "store.db");

    private protected override IStore Open(StoreOptions options) => Open(options, Path.Combine(_folder, $"{_files++}.db"));

    private SqliteStore Open(StoreOptions? options = null, string? path = null) =>
        new(path ?? File, options ?? new StoreOptions(), Time, NullLogger<SqliteStore>.Instance);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_goes_on_where_it_was()
    {
        StoreSnapshot before;
        var batch = Batch.Of([], [new("b", "2"u8.ToArray())]);
        long made;
        await using (var store = Open())
        {
            await store.AppendAsync(Batch.Of([], [new("a", "1"u8.ToArray())]));
            made = (await store.AppendAsync(batch)).Revision;
            before = await store.LoadAsync(default);
        }

        Time.Advance(TimeSpan.FromDays(1));
        await using var again = Open();
        var after = await again.LoadAsync(default);
        Assert.Equal((before.StoreId, before.Revision, before.Oldest), (after.StoreId, after.Revision, after.Oldest));
        Assert.Equal(["a", "b"], after.Entries.Select(entry => entry.Key).Order());
        Assert.Equal(AppendResult.Applied(made), await again.AppendAsync(batch));
        var events = new List<StoreEvent>();
        using var watch = again.Watch(after.StoreId, after.Oldest, events.Add);
        var next = await again.AppendAsync(Batch.Of([new("a", made - 1)], [new("a", null)]));
        Assert.Equal(made + 1, next.Revision);
        Assert.Equal([made - 1, made, made + 1], events.Cast<StoreEvent.Made>().SelectMany(e => e.Revisions).Select(revision => revision.Revision));
    }

    [Fact]
    public async Task A_compacted_log_does_not_turn_the_clock_back()
    {
        long last;
        await using (var store = Open())
        {
            last = (await store.AppendAsync(Batch.Of([], [new("a", "1"u8.ToArray())]))).Revision;
            await store.CompactAsync(last);
        }

        await using var again = Open();
        Assert.Equal(last, (await again.LoadAsync(default)).Revision);
        Assert.True((await again.AppendAsync(Batch.Of([], [new("a", null)]))).Revision > last);
    }

    [Fact]
    public async Task What_waits_when_it_is_closed_is_written_and_what_comes_later_is_refused()
    {
        var store = Open();
        var waiting = Enumerable.Range(0, 100).Select(i => store.AppendAsync(Batch.Of([], [new($"k{i}", "x"u8.ToArray())]))).ToList();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(Batch.Of([], [new("late", "x"u8.ToArray())])));
        Assert.All(await Task.WhenAll(waiting.Select(Failed)), Assert.False);
        await using var again = Open();
        Assert.Equal(100, (await again.LoadAsync(default)).Entries.Count);

        static async Task<bool> Failed(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return !task.IsCompletedSuccessfully;
        }
    }

    [Fact]
    public async Task A_second_one_is_kept_from_the_file_until_the_first_is_closed()
    {
        await using (var first = Open())
        {
            await first.LoadAsync(default);
            await using var second = Open();
            Assert.Equal($"{File}: is in use by another control plane", (await RefusedAsync(second)).Message);
        }

        await using var third = Open();
        await third.LoadAsync(default);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_left_as_it_is()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000));
        Assert.Equal($"{File}: is not a SQLite database; name another file", (await RefusedAsync()).Message);
        Assert.Equal(new string('x', 5000), await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_database_of_something_else_is_left_as_it_is()
    {
        Execute("CREATE TABLE theirs (x)");
        Assert.Equal($"{File}: is a SQLite database, but none of a mesh control plane; name another file", (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task A_file_of_a_later_version_is_left_as_it_is()
    {
        await MakeAsync(1);
        Execute("PRAGMA user_version = 2");
        Assert.Equal($"{File}: was written by a later version (format 2, and this one knows 1); run that version", (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task A_damaged_file_is_left_as_it_is()
    {
        await MakeAsync(500);
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        bytes.AsSpan(3 * 4096, bytes.Length - (4 * 4096)).Fill(0x5a);
        await System.IO.File.WriteAllBytesAsync(File, bytes);
        Assert.Matches("is damaged.*; restore it from a backup, or move it away to begin anew$", (await RefusedAsync()).Message);
        Assert.Equal(bytes, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_and_a_path_that_is_a_folder_are_named()
    {
        var nowhere = Path.Combine(_folder, "no", "store.db");
        await using var missing = Open(path: nowhere);
        Assert.Equal($"{nowhere}: there is no folder '{Path.Combine(_folder, "no")}'; make it first", (await RefusedAsync(missing)).Message);
        await using var folder = Open(path: _folder);
        Assert.Equal($"{_folder}: is a folder; name a file in it", (await RefusedAsync(folder)).Message);
        Assert.DoesNotContain(_folder + ".lock", Directory.EnumerateFiles(Path.GetDirectoryName(_folder)!));
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_with_a_reason_and_nothing_else_and_takes_them_again_when_there_is_room()
    {
        await using var store = Open(new StoreOptions { MaxBytes = 100 * 4096, LogRevisions = 1 });
        await store.AppendAsync(Batch.Of([], [new("first", "x"u8.ToArray())]));
        var large = new byte[40 * 4096];
        await store.AppendAsync(Batch.Of([], [new("large", large)]));
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(Batch.Of([], [new("second", "x"u8.ToArray()), new("larger", large)])));
        Assert.Equal((StoreFault.Full, $"{File}: there is no room left on its disk"), (refused.Fault, refused.Message));
        Assert.Equal(refused.Message, store.Fault);
        Assert.Equal(["first", "large"], (await store.LoadAsync(default)).Entries.Select(entry => entry.Key));

        // One that is too large takes nobody with it.
        var together = await Task.WhenAll(
            Outcome(store.AppendAsync(Batch.Of([], [new("small", "x"u8.ToArray())]))),
            Outcome(store.AppendAsync(Batch.Of([], [new("huge", large)]))),
            Outcome(store.AppendAsync(Batch.Of([], [new("other", "x"u8.ToArray())]))));
        Assert.Equal([true, false, true], together);
        Assert.True(await Outcome(store.AppendAsync(Batch.Of([], [new("large", null)]))));
        Assert.Null(store.Fault);

        static async Task<bool> Outcome(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return task.IsCompletedSuccessfully;
        }
    }

    [Fact]
    public async Task One_who_reads_the_file_meanwhile_is_no_hindrance()
    {
        await using var store = Open();
        await store.AppendAsync(Batch.Of([], [new("a", "x"u8.ToArray())]));
        using var reader = new SqliteConnection($"Data Source={File};Mode=ReadOnly;Pooling=False");
        reader.Open();
        using var command = reader.CreateCommand();
        command.CommandText = "SELECT count(*) FROM entries";
        using var transaction = reader.BeginTransaction(deferred: true);
        command.Transaction = transaction;
        Assert.Equal(1L, command.ExecuteScalar());
        Assert.True((await store.AppendAsync(Batch.Of([], [new("b", "x"u8.ToArray())]))).IsApplied);
    }

    private async Task MakeAsync(int entries)
    {
        await using var store = Open();
        for (var i = 0; i < entries; i++)
        {
            await store.AppendAsync(Batch.Of([], [new($"key-{i}", new byte[200])]));
        }
    }

    private async Task<StoreException> RefusedAsync()
    {
        await using var store = Open();
        return await RefusedAsync(store);
    }

    private static Task<StoreException> RefusedAsync(SqliteStore store) => Assert.ThrowsAsync<StoreException>(() => store.LoadAsync(default));

    private void Execute(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
