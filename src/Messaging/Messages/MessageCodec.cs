using System.Buffers.Binary;
using System.Text;

namespace Mesh.Messaging.Messages;

/// <summary>
/// A message as bytes, the same for every engine: a checksum, then all but type and source, which engines keep once for many. The checksum
/// covers these as well, the sequence and the time, so that a row which has got another one's number, type or time is found out.
/// </summary>
internal static class MessageCodec
{
    private const int ChecksumBytes = 4;
    private const int Null = -1;

    public static byte[] Encode(long sequence, long storedAt, Message message)
    {
        var bytes = new byte[Size(message)];
        var at = ChecksumBytes;
        Write(bytes, ref at, message.Id);
        Write(bytes, ref at, message.Subject);
        Write(bytes, ref at, message.OrderingKey);
        Write(bytes, ref at, message.CorrelationId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), message.Time?.UtcTicks ?? 0);
        at += sizeof(long);
        Write(bytes, ref at, message.Attributes.Count);
        foreach (var (name, value) in message.Attributes)
        {
            Write(bytes, ref at, name);
            Write(bytes, ref at, value);
        }

        message.Data.Span.CopyTo(bytes.AsSpan(at));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Check(sequence, storedAt, message.Type, message.Source, bytes));
        return bytes;
    }

    /// <returns>Null if these are not the bytes that were written under these numbers and names.</returns>
    public static Message? Decode(long sequence, long storedAt, string type, string source, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ChecksumBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Check(sequence, storedAt, type, source, bytes))
        {
            return null;
        }

        // From here on they are what Encode has made.
        var at = ChecksumBytes;
        var id = ReadText(bytes, ref at);
        var subject = ReadText(bytes, ref at);
        var key = ReadText(bytes, ref at);
        var correlation = ReadText(bytes, ref at);
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        at += sizeof(long);
        var attributes = new KeyValuePair<string, string>[ReadInt(bytes, ref at)];
        for (var i = 0; i < attributes.Length; i++)
        {
            attributes[i] = new(ReadText(bytes, ref at)!, ReadText(bytes, ref at)!);
        }

        return new Message
        {
            Id = id!,
            Type = type,
            Source = source,
            Subject = subject,
            OrderingKey = key,
            CorrelationId = correlation,
            Time = ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero),
            Attributes = attributes,
            Data = bytes[at..].ToArray(),
        };
    }

    /// <summary>Of what <see cref="Encode"/> makes of it, in bytes.</summary>
    public static int Size(Message message)
    {
        var size = ChecksumBytes + sizeof(long) + sizeof(int) + Size(message.Id) + Size(message.Subject) + Size(message.OrderingKey) + Size(message.CorrelationId);
        foreach (var (name, value) in message.Attributes)
        {
            size += Size(name) + Size(value);
        }

        return size + message.Data.Length;
    }

    private static uint Check(long sequence, long storedAt, string type, string source, ReadOnlySpan<byte> bytes)
    {
        var check = new Checksum();
        check.Add(sequence);
        check.Add(storedAt);
        check.Add(type);
        check.Add(source);
        check.Add(bytes[ChecksumBytes..]);
        return check.Value;
    }

    private static int Size(string? text) => sizeof(int) + (text is null ? 0 : Encoding.UTF8.GetByteCount(text));

    private static void Write(Span<byte> bytes, ref int at, string? text)
    {
        var length = text is null ? Null : Encoding.UTF8.GetBytes(text, bytes[(at + sizeof(int))..]);
        Write(bytes, ref at, length);
        at += Math.Max(length, 0);
    }

    private static void Write(Span<byte> bytes, ref int at, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes[at..], number);
        at += sizeof(int);
    }

    private static string? ReadText(ReadOnlySpan<byte> bytes, ref int at)
    {
        var length = ReadInt(bytes, ref at);
        if (length == Null)
        {
            return null;
        }

        at += length;
        return Encoding.UTF8.GetString(bytes[(at - length)..at]);
    }

    private static int ReadInt(ReadOnlySpan<byte> bytes, ref int at)
    {
        at += sizeof(int);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[(at - sizeof(int))..]);
    }
}
