using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>One transaction that makes, configures and deletes queues and groups. Others make none meanwhile.</summary>
/// <param name="there">Those that were named and are there.</param>
/// <param name="counts">How many there are of each kind.</param>
/// <param name="last">The newest event.</param>
/// <param name="numbers">For those that are made.</param>
/// <param name="limits">How many there may be.</param>
/// <param name="names">Of all, for who names one that is not there.</param>
internal sealed class RegistrySheet(
    Dictionary<BacklogName, (long Id, Backlog Backlog)> there, long[] counts, long last, Queue<long> numbers, MessagingLimits limits, IEnumerable<BacklogName> names)
{
    private readonly List<Action<Batch>> _writes = [];

    /// <summary>Those that are there then, and how they are.</summary>
    public Dictionary<long, Backlog> Known { get; } = [];

    public HashSet<long> Gone { get; } = [];

    public bool IsAnythingWritten => _writes.Count > 0;

    public Outcome<Backlog> CreateQueue(string name, QueueOptions options)
    {
        var queue = BacklogName.Queue(name);
        return !there.TryGetValue(queue, out var one) ? Add(new Backlog(queue, options, null), 0)
            : one.Backlog.Queue == options ? Know(one.Id, one.Backlog)
            : Refusals.OtherOptions(queue);
    }

    public Outcome<Backlog> ConfigureQueue(string name, QueueOptions options) =>
        there.TryGetValue(BacklogName.Queue(name), out var one)
            ? Set(one.Id, one.Backlog with { Queue = options })
            : Refusals.NotFound(BacklogName.Queue(name), names);

    public Outcome<Backlog> CreateGroup(string name, GroupOptions options)
    {
        var group = BacklogName.Group(name);
        return !there.TryGetValue(group, out var one)
            ? Add(new Backlog(group, null, options with { StartAfter = null }), Math.Clamp(options.StartAfter ?? long.MaxValue, 0, last))
            : one.Backlog.Group!.Filter != options.Filter ? Refusals.OtherFilter(group)
            : one.Backlog.Group.Rules == options.Rules ? Know(one.Id, one.Backlog)
            : Set(one.Id, one.Backlog with { Group = one.Backlog.Group with { Rules = options.Rules } });
    }

    public Outcome<Backlog> Delete(BacklogName name)
    {
        if (!there.Remove(name, out var one))
        {
            return Refusals.NotFound(name, names);
        }

        counts[(int)name.Kind]--;
        Known.Remove(one.Id);
        Gone.Add(one.Id);
        _writes.Add(batch => batch.Add("UPDATE backlogs SET is_deleted = true WHERE id = $1", Batch.Of(one.Id)));
        return one.Backlog;
    }

    public void Write(Batch batch) => _writes.ForEach(write => write(batch));

    private Outcome<Backlog> Add(Backlog made, long position)
    {
        var max = made.Name.Kind == BacklogKind.Queue ? limits.MaxQueues : limits.MaxGroups;
        if (counts[(int)made.Name.Kind] >= max)
        {
            return Refusals.TooMany(made.Name.Kind, max);
        }

        counts[(int)made.Name.Kind]++;
        var id = numbers.Dequeue();
        there.Add(made.Name, (id, made));
        _writes.Add(batch => BacklogRow.Insert(batch, id, made, position));
        return Know(id, made);
    }

    private Outcome<Backlog> Set(long id, Backlog options)
    {
        there[options.Name] = (id, options);
        _writes.Add(batch => BacklogRow.Configure(batch, id, options));
        return Know(id, options);
    }

    private Backlog Know(long id, Backlog backlog) => Known[id] = backlog;
}
