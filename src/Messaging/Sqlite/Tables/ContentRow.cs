using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>Reads what events and bodies have in common.</summary>
internal static class ContentRow
{
    /// <summary>Of a row of sequence, type, source, at, content.</summary>
    public static StoredMessage Read(Statement row, NameTable names)
    {
        var (sequence, type, source, at) = (row.Int(0), names.TextOf(row.Int(1)), names.TextOf(row.Int(2)), row.Int(3));
        var storedAt = TimeOf(at);
        return MessageCodec.Decode(sequence, at, type, source, row.Bytes(4)) is { } message
            ? new StoredMessage(sequence, storedAt, message)
            : new StoredMessage(sequence, storedAt, new Message { Type = type, Source = source }, "its checksum does not match: it was damaged on the disk");
    }

    // A damaged row may say anything.
    public static DateTimeOffset TimeOf(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
