using System.Collections.Concurrent;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Sqlite.State;

/// <summary>All queues and groups. The writer adds and removes; any thread looks.</summary>
internal sealed class BacklogStates
{
    private readonly ConcurrentDictionary<BacklogName, BacklogState> _byName = new();
    private readonly Dictionary<long, BacklogState> _byId = [];

    // By type of event; found anew when groups change.
    private readonly Dictionary<long, BacklogState[]> _groupsOfType = [];

    private readonly int[] _counts = new int[2];

    /// <summary>Those whose messages are still to be removed. The writer's.</summary>
    public List<BacklogState> Deleted { get; } = [];

    public IEnumerable<BacklogState> Groups => _byName.Values.Where(backlog => backlog.Filter is not null);

    public IEnumerable<BacklogState> All => _byName.Values;

    public int Count(BacklogKind kind) => _counts[(int)kind];

    public BacklogState? Find(BacklogName name) => _byName.GetValueOrDefault(name);

    public BacklogState? Find(long id) => _byId.GetValueOrDefault(id);

    /// <summary>The groups that may want events of a type. The writer's.</summary>
    public BacklogState[] GroupsOf(long number, string type)
    {
        if (!_groupsOfType.TryGetValue(number, out var groups))
        {
            _groupsOfType.Add(number, groups = [.. Groups.Where(group => group.Filter!.MatchesType(type))]);
        }

        return groups;
    }

    public void Add(BacklogState backlog)
    {
        backlog.IsDeleted = false;
        _byName[backlog.Name] = backlog;
        _byId[backlog.Id] = backlog;
        _counts[(int)backlog.Name.Kind]++;
        _groupsOfType.Clear();
    }

    /// <summary>It is found by its number only, as long as messages of it are there.</summary>
    public void Hide(BacklogState backlog)
    {
        backlog.IsDeleted = true;
        _byName.TryRemove(backlog.Name, out _);
        _byId[backlog.Id] = backlog;
        _counts[(int)backlog.Name.Kind]--;
        _groupsOfType.Clear();
    }

    public void Remove(BacklogState backlog) => _byId.Remove(backlog.Id);

    /// <summary>What is said to whoever names one that is not there.</summary>
    public Refusal NotFound(BacklogName name) => Refusals.NotFound(name, _byName.Keys);
}
