using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Adds messages to a queue.</summary>
internal static class Publishing
{
    public static Change<IReadOnlyList<Published>> Of(IReadOnlyList<QueueMessage> messages, long bytes) => new(sheet => Publish(sheet, messages), bytes)
    {
        Adds = messages.Count,
        Keys = [.. messages.Select(message => message.Message.OrderingKey).OfType<string>()],
        SeenAs = [.. messages.Select(message => message.DeduplicationKey).OfType<string>()],
    };

    private static Outcome<IReadOnlyList<Published>> Publish(Sheet sheet, IReadOnlyList<QueueMessage> messages)
    {
        var (max, length) = (sheet.Row.Backlog.Queue!.MaxLength, sheet.Row.Tally.Length + sheet.Delta.Length);
        if (length + messages.Count > max)
        {
            return Refusals.Full(sheet.Name, length, sheet.Row.Tally[Phase.Dead] + sheet.Delta[Phase.Dead], max);
        }

        return messages.Select(message => Publish(sheet, message)).ToArray();
    }

    private static Published Publish(Sheet sheet, QueueMessage message)
    {
        if (message.DeduplicationKey is { } key && sheet.FindSeen(key) is { } before)
        {
            return new Published(before.Number, before.Id.Length > 0 ? before.Id : IdOf(message.Message, before.Number), IsDuplicate: true);
        }

        var number = sheet.NextNumber();
        var stored = new StoredMessage(number, sheet.Wall, message.Message with { Id = IdOf(message.Message, number), Type = "" });
        sheet.Add(EntryOf(sheet, number, message), stored, message.DeduplicationKey);
        return new Published(number, stored.Message.Id, IsDuplicate: false);
    }

    private static Entry EntryOf(Sheet sheet, long number, QueueMessage message)
    {
        var entry = new Entry
        {
            Id = number,
            BacklogId = sheet.Row.Id,
            Phase = Phase.Scheduled,
            Priority = message.Priority,
            Key = message.Message.OrderingKey,
            Due = sheet.Now + (long)Math.Ceiling(message.Delay.TotalMilliseconds),
            Ends = message.TimeToLive is { } life ? sheet.Now + (long)Math.Ceiling(life.TotalMilliseconds) : null,
            Since = sheet.Now,
        };
        return message.Delay > TimeSpan.Zero ? entry : Transitions.Enter(entry, sheet.IsKeyHeld(entry.Key));
    }

    private static string IdOf(Message message, long number) => message.Id.Length != 0 ? message.Id : $"m{number}";
}
