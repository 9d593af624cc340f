using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Adds messages to queues.</summary>
internal sealed class QueueIntake(AllTables tables, Numbers numbers, BacklogStates backlogs, Moves moves, LogIntake log)
{
    /// <summary>How long a message is known by its key, in milliseconds.</summary>
    public const long SeenFor = 10 * 60 * 1000;

    public Outcome<IReadOnlyList<Published>>? Publish(Turn turn, string name, IReadOnlyList<QueueMessage> messages)
    {
        if (backlogs.Find(BacklogName.Queue(name)) is not { } queue)
        {
            return backlogs.NotFound(BacklogName.Queue(name));
        }

        var max = queue.Backlog.Queue!.MaxLength;
        if (queue.Now.Length + messages.Count > max)
        {
            return Refusals.Full(queue.Name, queue.Now.Length, queue.Now[Phase.Dead], max);
        }

        foreach (var message in messages)
        {
            if (log.NameFor(turn, NameTable.Source, message.Message.Source, "sources") is { IsDone: false } source)
            {
                return source.Refusal;
            }
        }

        var answers = new Published[messages.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Publish(turn, queue, messages[i]);
        }

        return answers;
    }

    private Published Publish(Turn turn, BacklogState queue, QueueMessage message)
    {
        if (message.DeduplicationKey is { } key && tables.Seen.Find(queue.Id, key, turn.Now - SeenFor) is { } before)
        {
            var id = tables.Bodies.Find(before, before)?.Message.Id;
            return new Published(before, id ?? IdOf(message.Message, before), IsDuplicate: true);
        }

        var number = numbers.NextEntry(turn);
        var stored = new StoredMessage(number, turn.Wall, message.Message with { Id = IdOf(message.Message, number), Type = "" });
        tables.Bodies.Insert(
            number,
            stored,
            tables.Names.Find(NameTable.Type, "")!.Value,
            tables.Names.Find(NameTable.Source, message.Message.Source)!.Value);
        turn.Bytes += message.Message.Data.Length;
        moves.Insert(turn, queue, EntryOf(turn, queue, number, message));
        queue.Now.Published++;
        if (message.DeduplicationKey is { } remember)
        {
            tables.Seen.Add(queue.Id, remember, number, turn.Now);
        }

        return new Published(number, stored.Message.Id, IsDuplicate: false);
    }

    private Entry EntryOf(Turn turn, BacklogState queue, long number, QueueMessage message)
    {
        var entry = new Entry
        {
            Id = number,
            BacklogId = queue.Id,
            Phase = Phase.Scheduled,
            Priority = message.Priority,
            Key = message.Message.OrderingKey,
            Due = turn.Now + (long)Math.Ceiling(message.Delay.TotalMilliseconds),
            Ends = message.TimeToLive is { } life ? turn.Now + (long)Math.Ceiling(life.TotalMilliseconds) : null,
            Since = turn.Now,
        };
        return message.Delay > TimeSpan.Zero ? entry : Transitions.Enter(entry, moves.IsKeyHeld(queue, entry.Key));
    }

    private static string IdOf(Message message, long number) => message.Id.Length != 0 ? message.Id : $"m{number}";
}
