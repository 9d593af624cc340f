using System.Text;
using Mesh.Hosting;
using Mesh.Sidecar.Outbox;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Tests.Outbox;

public sealed class OutboxLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-outbox-");
    private readonly StringWriter _said = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_appended_is_taken_in_order_also_by_the_next_process()
    {
        using (var log = Open())
        {
            Append(log, "a", "b");
            Append(log, "c");
            Assert.Equal(["a", "b", "c"], All(log));
        }

        using var next = Open();
        Assert.Equal(["a", "b", "c"], All(next));
        Assert.False(next.IsEmpty);
    }

    [Fact]
    public void What_is_delivered_is_gone_and_its_files_too()
    {
        using (var log = Open())
        {
            Append(log, "a", "b", "c");
            log.Forget(log.Next(log.Next()!.Value.End)!.Value.End);
            Assert.Equal(["c"], All(log));
        }

        using var next = Open();
        Assert.Equal(["c"], All(next));
        next.Forget(next.Next()!.Value.End);
        Assert.True(next.IsEmpty);
        Assert.Empty(_folder.GetFiles("*.outbox"));
        Append(next, "d");
        Assert.Equal(["d"], All(next));
    }

    [Fact]
    public void Files_do_not_grow_without_end()
    {
        using var log = Open();
        var large = new string('x', 1024 * 1024);
        for (var i = 0; i < 9; i++)
        {
            Append(log, large + i);
        }

        Assert.Equal(3, _folder.GetFiles("*.outbox").Length);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => large + i), All(log));
        var position = log.Next();
        for (var i = 1; i < 4; i++)
        {
            position = log.Next(position!.Value.End);
        }

        log.Forget(position!.Value.End);
        Assert.Equal(2, _folder.GetFiles("*.outbox").Length);
        Assert.Equal(Enumerable.Range(4, 5).Select(i => large + i), All(log));
    }

    [Fact]
    public void Of_a_write_that_the_power_cut_short_nothing_is_left_and_nothing_before_it_is_lost()
    {
        using (var log = Open())
        {
            Append(log, "one");
            Append(log, "two", "three");
        }

        var whole = File.ReadAllBytes(Segment);
        var begin = OutboxSegment.Begin + OutboxRecords.HeadBytes + 3;
        for (var length = whole.Length; length >= 0; length--)
        {
            File.WriteAllBytes(Segment, whole[..length]);
            using (var log = Open())
            {
                string[] expected = [.. new[] { "one", "two", "three" }.Take(length == whole.Length ? 3 : length >= whole.Length - 13 ? 2 : length >= begin ? 1 : 0)];
                Assert.Equal(expected, All(log));
                Append(log, "four");
                Assert.Equal([.. expected, "four"], All(log));
            }

            foreach (var file in _folder.GetFiles("*.outbox").Where(file => file.FullName != Segment))
            {
                file.Delete();
            }
        }
    }

    [Fact]
    public void A_flipped_bit_costs_its_record_alone_and_is_said()
    {
        using (var log = Open())
        {
            Append(log, "one", "two", "three");
        }

        var whole = File.ReadAllBytes(Segment);
        for (var at = OutboxSegment.Begin + OutboxRecords.HeadBytes + 3; at < OutboxSegment.Begin + OutboxRecords.HeadBytes + 3 + OutboxRecords.HeadBytes + 3; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 1;
            File.WriteAllBytes(Segment, damaged);
            _said.GetStringBuilder().Clear();
            using var log = Open();
            Assert.Equal(["one", "three"], All(log));
            Assert.Contains("11 bytes are damaged and passed over", _said.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_position_that_cannot_be_read_has_all_delivered_again()
    {
        using (var log = Open())
        {
            Append(log, "one", "two");
            log.Forget(log.Next()!.Value.End);
        }

        File.WriteAllBytes(Path.Combine(_folder.FullName, "position"), [1, 2, 3]);
        using var next = Open();
        Assert.Equal(["one", "two"], All(next));
    }

    [Fact]
    public void Two_sidecars_do_not_share_a_folder()
    {
        using var log = Open();
        Assert.EndsWith("is the outbox of another sidecar that runs; give each its own", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_version_has_written_is_not_touched()
    {
        File.WriteAllText(Segment, "MESHBOX2 and more");
        Assert.Contains("is no outbox of this version", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Equal("MESHBOX2 and more", File.ReadAllText(Segment));
    }

    private string Segment => Path.Combine(_folder.FullName, "000000000001.outbox");

    private OutboxLog Open() => OutboxLog.Open(_folder.FullName, 64 * 1024 * 1024, new Log(LogLevel.Information, _said, TimeProvider.System));

    private static void Append(OutboxLog log, params string[] records) => log.Append([.. records.Select(record => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(record))]);

    private static List<string> All(OutboxLog log)
    {
        List<string> all = [];
        for (var next = log.Next(); next is { } found; next = log.Next(found.End))
        {
            all.Add(Encoding.UTF8.GetString(found.Content));
        }

        return all;
    }
}
