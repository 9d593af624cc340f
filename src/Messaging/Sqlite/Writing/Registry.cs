using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Makes, configures and deletes queues and groups.</summary>
internal sealed class Registry(AllTables tables, Numbers numbers, BacklogStates backlogs, MessagingLimits limits)
{
    public Outcome<Backlog>? CreateQueue(Turn turn, string name, QueueOptions options)
    {
        if (backlogs.Find(BacklogName.Queue(name)) is not { } there)
        {
            return backlogs.Count(BacklogKind.Queue) >= limits.MaxQueues
                ? Refusals.TooMany(BacklogKind.Queue, limits.MaxQueues)
                : Add(turn, new Backlog(BacklogName.Queue(name), options, null), 0);
        }

        return there.Backlog.Queue == options
            ? there.Backlog
            : Refusals.OtherOptions(there.Name);
    }

    public Outcome<Backlog>? ConfigureQueue(Turn turn, string name, QueueOptions options) =>
        backlogs.Find(BacklogName.Queue(name)) is { } queue
            ? Set(turn, queue, queue.Backlog with { Queue = options })
            : backlogs.NotFound(BacklogName.Queue(name));

    public Outcome<Backlog>? CreateGroup(Turn turn, string name, GroupOptions options)
    {
        if (backlogs.Find(BacklogName.Group(name)) is not { } there)
        {
            return backlogs.Count(BacklogKind.Group) >= limits.MaxGroups
                ? Refusals.TooMany(BacklogKind.Group, limits.MaxGroups)
                : Add(turn, new Backlog(BacklogName.Group(name), null, options with { StartAfter = null }), Math.Clamp(options.StartAfter ?? long.MaxValue, 0, numbers.LastEvent));
        }

        if (there.Filter != options.Filter)
        {
            return Refusals.OtherFilter(there.Name);
        }

        return there.Rules == options.Rules ? there.Backlog : Set(turn, there, there.Backlog with { Group = there.Backlog.Group! with { Rules = options.Rules } });
    }

    public Outcome<Backlog>? Delete(Turn turn, BacklogName name)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return backlogs.NotFound(name);
        }

        tables.Backlogs.Delete(backlog.Id);
        backlogs.Hide(backlog);
        backlogs.Deleted.Add(backlog);
        turn.OnUndo(() =>
        {
            backlogs.Deleted.Remove(backlog);
            backlogs.Add(backlog);
        });
        turn.Wake(backlog);
        return backlog.Backlog;
    }

    private Outcome<Backlog> Add(Turn turn, Backlog made, long position)
    {
        var state = new BacklogState(numbers.NextEntry(turn), made);
        tables.Backlogs.Insert(state.Id, made, position);
        (state.Now.Position, state.Now.StoredPosition, state.Now.HasMore) = (position, position, made.Group is not null);
        backlogs.Add(state);
        turn.Touch(state);
        turn.OnUndo(() =>
        {
            backlogs.Hide(state);
            backlogs.Remove(state);
        });
        return made;
    }

    private Outcome<Backlog> Set(Turn turn, BacklogState backlog, Backlog options)
    {
        var before = backlog.Backlog;
        tables.Backlogs.Configure(backlog.Id, options);
        backlog.Backlog = options;
        turn.OnUndo(() => backlog.Backlog = before);
        return options;
    }
}
