using Mesh.Messaging.Delivering;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Tests.Faults;

/// <summary>A claim costs the same whatever stands in the queue, beside it or behind it: it is a seek in an index that holds only what it may take.</summary>
public sealed class ClaimCostTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-cost-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(EntryTable.ReadyText, "entries_ready")]
    [InlineData(EntryTable.ReadyOfText, "entries_ready")]
    [InlineData(EntryTable.ParkedText, "entries_parked")]
    [InlineData(EntryTable.KeyText, "entries_key")]
    [InlineData(EntryTable.DueText, "entries_due")]
    [InlineData(EntryTable.EndedText, "entries_ends")]
    public void Each_question_is_a_seek_in_its_own_index_without_a_sort(string text, string index)
    {
        using var database = Open();
        var plan = string.Join('\n', database.ReadAll("EXPLAIN QUERY PLAN " + text, column: 3));
        Assert.Contains($"SEARCH entries USING INDEX {index}", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_takes_as_many_steps_before_a_million_messages_as_before_a_thousand()
    {
        using var database = Open();
        var entries = new EntryTable(database);
        Fill(database, entries, 0, 1_000);
        var few = StepsOfAClaim(entries);
        Fill(database, entries, 1_000, 1_000_000);
        Assert.Equal(few, StepsOfAClaim(entries));
        Assert.InRange(few, 1, 1_000);
    }

    private static int StepsOfAClaim(EntryTable entries)
    {
        entries.TakeClaimSteps();
        Assert.Equal(10, entries.Ready(1, 10).Count);
        return entries.TakeClaimSteps();
    }

    // Half of them ready, the others leased, waiting, scheduled and dead.
    private static void Fill(Database database, EntryTable entries, int from, int until)
    {
        database.Execute("BEGIN");
        for (var id = from; id < until; id++)
        {
            var phase = id % 2 == 0 ? Phase.Ready : (Phase)(1 + id / 2 % 5);
            entries.Insert(new Entry { Id = id, BacklogId = 1, Phase = phase, Key = id % 7 == 0 ? $"k{id % 100}" : null, Due = phase is Phase.Retrying or Phase.Scheduled ? id : null, Since = id });
        }

        database.Execute("COMMIT");
    }

    private Database Open() => MessagingFile.Open(Path.Combine(_folder.FullName, "messages.db"), 0, isSynced: false);
}
