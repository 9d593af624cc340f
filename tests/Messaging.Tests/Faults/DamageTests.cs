using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Sqlite;

namespace Mesh.Messaging.Tests.Faults;

/// <summary>A bit that has flipped on the disk is found, and never makes fewer messages without a word.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Messages = 60;
    private const int Flips = 300;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-damage-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Wherever_a_bit_flips_all_messages_come_or_the_damage_is_told()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await FillAsync(file);
        var whole = await File.ReadAllBytesAsync(file);
        var (random, told) = (new Random(1), 0);
        for (var flip = 0; flip < Flips; flip++)
        {
            var (at, bit) = (random.Next(whole.Length), random.Next(8));
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= (byte)(1 << bit);
            File.Delete(file + "-wal");
            File.Delete(file + "-shm");
            await File.WriteAllBytesAsync(file, bytes);
            var (came, damages) = await TakeAllAsync(file);
            Assert.True(came || damages.Count > 0, $"bit {bit} of byte {at}: messages are missing or others, and nothing was said");
            told += damages.Count > 0 ? 1 : 0;
        }

        // Most of the file is content.
        Assert.InRange(told, Flips / 4, Flips);
    }

    [Fact]
    public async Task A_damaged_message_is_told_with_its_queue_and_number_and_kept_as_a_dead_letter()
    {
        var file = Path.Combine(_folder.FullName, "messages.db");
        await FillAsync(file);
        var bytes = await File.ReadAllBytesAsync(file);
        var at = bytes.AsSpan().IndexOf(ContentOf(17).AsSpan(10, 50));
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await using var engine = Open(file);
        var claimed = (await engine.ClaimAsync(BacklogName.Queue("q"), new Claim { Holder = "a", Count = Messages })).Value!;
        Assert.Equal(Messages - 1, claimed.Deliveries.Count);
        Assert.Contains("queue 'q', message ", Assert.Single(engine.Damages), StringComparison.Ordinal);
        var dead = Assert.Single((await engine.PeekAsync(BacklogName.Queue("q"), Phase.Dead, 0, 10)).Value!);
        Assert.Contains("checksum", dead.Reason, StringComparison.Ordinal);
        Assert.NotNull(dead.Message.Damage);
    }

    private async Task FillAsync(string file)
    {
        await using var engine = Open(file);
        await engine.CreateQueueAsync("q", new QueueOptions());
        for (var i = 0; i < Messages; i++)
        {
            var message = new Message { Source = "s", Subject = $"{i % 5}", Data = ContentOf(i) };
            await engine.PublishAsync("q", [new QueueMessage { Message = message }]);
            await engine.AppendAsync([message with { Type = "t" }]);
        }
    }

    private static async Task<(bool Came, IReadOnlyList<string> Damages)> TakeAllAsync(string file)
    {
        try
        {
            await using var engine = Open(file);
            var claimed = await engine.ClaimAsync(BacklogName.Queue("q"), new Claim { Holder = "a", Count = 1000 });
            var page = await engine.ReadAsync(0, EventFilter.All, 1000, long.MaxValue);
            if (!claimed.IsDone || !page.IsDone)
            {
                return (false, engine.Damages.Append((claimed.Refusal ?? page.Refusal)?.Message).OfType<string>().ToList());
            }

            var damages = engine.Damages.Concat(page.Value.Events.Select(one => one.Damage).OfType<string>()).ToList();
            return (AreAll(claimed.Value.Deliveries.Select(one => one.Message)) && AreAll(page.Value.Events), damages);
        }
        catch (MessagingException refused)
        {
            return (false, [refused.Message]);
        }
    }

    private static bool AreAll(IEnumerable<StoredMessage> messages)
    {
        var all = messages.ToList();
        return all.Count == Messages && all.Select((one, i) => one.Message.Data.Span.SequenceEqual(ContentOf(i))).All(isSame => isSame);
    }

    private static byte[] ContentOf(int number)
    {
        var content = new byte[300];
        new Random(number).NextBytes(content);
        return content;
    }

    private static SqliteEngine Open(string file) => SqliteEngine.Open(file, new SqliteOptions { IsSynced = false }, TimeProvider.System, _ => { });
}
