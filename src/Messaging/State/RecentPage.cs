using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;

namespace Mesh.Messaging.State;

/// <summary>A page of what is still in memory: the end of the log.</summary>
internal static class RecentPage
{
    public static EventPage Of(ReadOnlySpan<StoredMessage> recent, long after, EventFilter filter, int count, long bytes)
    {
        var (found, size, next) = (new List<StoredMessage>(), 0L, after);
        foreach (var message in recent)
        {
            if (filter.Matches(message.Message))
            {
                size += message.Message.Data.Length;
                if (found.Count == count || (found.Count > 0 && size > bytes))
                {
                    return new EventPage(found, next, true, after + 1);
                }

                found.Add(message);
            }

            next = message.Sequence;
        }

        return new EventPage(found, next, false, after + 1);
    }
}
