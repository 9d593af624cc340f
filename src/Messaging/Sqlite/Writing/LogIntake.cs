using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Adds events to the log.</summary>
internal sealed class LogIntake(AllTables tables, Numbers numbers, BacklogStates backlogs, MessagingLimits limits)
{
    // Of what was seen; queues have numbers from 1.
    private const long Scope = 0;

    /// <summary>Events of each type in the file, once what is added is done.</summary>
    public Dictionary<long, long> Counts { get; } = tables.Events.CountByType();

    public Outcome<IReadOnlyList<AppendedEvent>>? Append(Turn turn, IReadOnlyList<Message> events)
    {
        foreach (var message in events)
        {
            if (NameFor(turn, NameTable.Type, message.Type, "types of events") is { IsDone: false } type)
            {
                return type.Refusal;
            }

            if (NameFor(turn, NameTable.Source, message.Source, "sources") is { IsDone: false } source)
            {
                return source.Refusal;
            }
        }

        var answers = new AppendedEvent[events.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Append(turn, events[i]);
        }

        return answers;
    }

    /// <summary>The number of a type or source, a new one if it is new.</summary>
    public Outcome<long> NameFor(Turn turn, int kind, string text, string what)
    {
        if (tables.Names.Find(kind, text) is { } known)
        {
            return known;
        }

        if (tables.Names.Count(kind) > limits.MaxNames)
        {
            return Refusals.TooManyNames(text, limits.MaxNames, what);
        }

        turn.OnUndo(() => tables.Names.Forget(kind, text));
        return tables.Names.Add(kind, text);
    }

    public Outcome<Retention>? SetRetention(Turn turn, string type, Retention retention)
    {
        var name = NameFor(turn, NameTable.Type, type, "types of events");
        if (!name.IsDone)
        {
            return name.Refusal;
        }

        var before = tables.Names.RetentionOf(name.Value);
        turn.OnUndo(() => tables.Names.Remember(name.Value, before));
        tables.Names.Retain(name.Value, retention);
        return retention;
    }

    private AppendedEvent Append(Turn turn, Message message)
    {
        var type = tables.Names.Find(NameTable.Type, message.Type)!.Value;
        var source = tables.Names.Find(NameTable.Source, message.Source)!.Value;
        // Sources have no line feeds.
        var seenAs = message.Id.Length == 0 ? null : $"{message.Source}\n{message.Id}";
        if (seenAs is not null && tables.Seen.Find(Scope, seenAs, turn.Now - QueueIntake.SeenFor) is { } before)
        {
            return new AppendedEvent(before, message.Id, tables.Events.Find(before)?.StoredAt ?? turn.Wall, IsDuplicate: true);
        }

        var sequence = numbers.NextEvent(turn);
        var stored = new StoredMessage(sequence, turn.Wall, message.Id.Length == 0 ? message with { Id = $"e{sequence}" } : message);
        tables.Events.Insert(stored, type, source);
        if (seenAs is not null)
        {
            tables.Seen.Add(Scope, seenAs, sequence, turn.Now);
        }

        turn.Appended.Add(stored);
        turn.Bytes += message.Data.Length + 512;
        turn.OnDone(() => Counts[type] = Counts.GetValueOrDefault(type) + 1);
        foreach (var group in backlogs.GroupsOf(type, message.Type))
        {
            if (group.Filter!.Matches(message))
            {
                turn.Touch(group);
                turn.Wake(group);
                group.Now.HasMore = true;
            }
        }

        return new AppendedEvent(sequence, stored.Message.Id, stored.StoredAt, IsDuplicate: false);
    }
}
