using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>What one transaction adds to the log.</summary>
internal sealed class LogPage(long last, Dictionary<string, LogPage.Seen> before, DateTimeOffset wall)
{
    private long _last = last;

    public List<StoredMessage> Events { get; } = [];

    /// <summary>Under which they are known from now on.</summary>
    public Dictionary<string, Seen> SeenNow { get; } = [];

    public AppendedEvent Append(Message message, string? seenAs)
    {
        if (seenAs is not null && (SeenNow.TryGetValue(seenAs, out var seen) || before.TryGetValue(seenAs, out seen)))
        {
            return new AppendedEvent(seen.Sequence, message.Id, seen.At is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : wall, IsDuplicate: true);
        }

        var stored = new StoredMessage(++_last, wall, message.Id.Length == 0 ? message with { Id = $"e{_last}" } : message);
        Events.Add(stored);
        if (seenAs is not null)
        {
            SeenNow[seenAs] = new Seen(_last, wall.ToUnixTimeMilliseconds());
        }

        return new AppendedEvent(_last, stored.Message.Id, wall, IsDuplicate: false);
    }

    /// <param name="Sequence">Under which it was added.</param>
    /// <param name="At">When, if it is still there.</param>
    internal readonly record struct Seen(long Sequence, long? At);
}
