using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Sqlite;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Tests.Faults;

/// <summary>A file that is not to be used is refused in one line that names it, and left as it is.</summary>
public sealed class FileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-file-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_folder_that_is_not_there() => Refused(Path.Combine(_folder.FullName, "none", "messages.db"), "make it first");

    [Fact]
    public void A_folder() => Refused(_folder.FullName, "is a folder");

    [Fact]
    public async Task A_file_that_is_none_of_SQLite()
    {
        var file = Path.Combine(_folder.FullName, "notes.txt");
        await File.WriteAllTextAsync(file, new string('x', 5000));
        Refused(file, "is not a SQLite database");
        Assert.Equal(new string('x', 5000), await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void A_database_of_somebody_else()
    {
        var file = Make("CREATE TABLE cats (name)");
        Refused(file, "none of the mesh's messages");
    }

    [Fact]
    public async Task A_file_of_a_later_version()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await Open(file).DisposeAsync();
        using (var database = Database.Open(file, isReader: false))
        {
            database.Execute("PRAGMA user_version = 99");
        }

        Refused(file, "later version (format 99");
    }

    [Fact]
    public async Task A_file_that_is_cut_short()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await using (var engine = Open(file))
        {
            await engine.CreateQueueAsync("q", new QueueOptions());
            await engine.PublishAsync("q", [new QueueMessage { Message = new Message { Data = new byte[100_000] } }]);
        }

        await using (var stream = File.Open(file, FileMode.Open))
        {
            stream.SetLength(stream.Length / 2);
        }

        Refused(file, "is damaged");
    }

    [Fact]
    public async Task A_file_that_another_engine_has()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await using var engine = Open(file);
        Refused(file, "in use by another process");
    }

    [Fact]
    public async Task An_index_that_has_lost_a_row_is_made_anew()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await using (var engine = Open(file))
        {
            await engine.CreateQueueAsync("q", new QueueOptions());
            await engine.PublishAsync("q", [new QueueMessage { Message = new Message { Id = "a" } }, new QueueMessage { Message = new Message { Id = "b" } }]);
        }

        using (var database = Database.Open(file, isReader: false))
        {
            // The index as another table's, with the same columns: what is deleted from it is not from ours.
            var page = database.ReadNumber("SELECT rootpage FROM sqlite_master WHERE name = 'entries_ready'");
            database.Execute("PRAGMA writable_schema = ON");
            database.Execute($"INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'shadow', 'shadow', {page}, 'CREATE TABLE shadow (a, b, c, PRIMARY KEY (a, b DESC, c)) WITHOUT ROWID')");
        }

        using (var database = Database.Open(file, isReader: false))
        {
            database.Execute("DELETE FROM shadow WHERE c = (SELECT max(c) FROM shadow)");
            database.Execute("PRAGMA writable_schema = ON");
            database.Execute("DELETE FROM sqlite_master WHERE name = 'shadow'");
        }

        await using var mended = Open(file);
        Assert.Equal(2, (await mended.ClaimAsync(BacklogName.Queue("q"), new Claim { Holder = "a", Count = 10 })).Value!.Deliveries.Count);
    }

    private static SqliteEngine Open(string file) => SqliteEngine.Open(file, new SqliteOptions(), TimeProvider.System, _ => { });

    private static void Refused(string file, string because)
    {
        var refused = Assert.Throws<MessagingException>(() => Open(file));
        Assert.StartsWith(file + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private string Make(string sql)
    {
        var file = Path.Combine(_folder.FullName, "other.db");
        using var database = Database.Open(file, isReader: false);
        database.Execute(sql);
        return file;
    }
}
