namespace Mesh.Messaging.Messages;

/// <summary>What becomes of bytes that an engine has read: the message, or one that says that it is damaged.</summary>
internal static class StoredContent
{
    public static StoredMessage Read(long sequence, long at, string type, string source, ReadOnlySpan<byte> bytes) =>
        MessageCodec.Decode(sequence, at, type, source, bytes) is { } message
            ? new StoredMessage(sequence, TimeOf(at), message)
            : new StoredMessage(sequence, TimeOf(at), new Message { Type = type, Source = source }, "its checksum does not match: it was damaged on the disk");

    // A damaged row may say anything.
    private static DateTimeOffset TimeOf(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
