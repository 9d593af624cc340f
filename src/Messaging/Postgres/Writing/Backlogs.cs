using System.Collections.Concurrent;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>The queues and groups that this engine knows of; others may have made or deleted some a moment ago. Any thread.</summary>
internal sealed class Backlogs
{
    private readonly ConcurrentDictionary<BacklogName, BacklogState> _byName = new();
    private readonly ConcurrentDictionary<long, BacklogState> _byId = new();
    private readonly object _gate = new();
    private volatile BacklogState[] _groups = [];

    /// <summary>Makes a transaction of changes; set once, before there is any.</summary>
    public Func<BacklogState, List<Change>, Task> Change { get; set; } = (_, _) => Task.CompletedTask;

    /// <inheritdoc cref="Change"/>
    public Func<BacklogState, List<ClaimWork>, Task> Claim { get; set; } = (_, _) => Task.CompletedTask;

    public IEnumerable<BacklogState> All => _byName.Values;

    public IEnumerable<BacklogName> Names => _byName.Keys;

    public BacklogState? Find(BacklogName name) => _byName.GetValueOrDefault(name);

    public BacklogState? Find(long id) => _byId.GetValueOrDefault(id);

    /// <summary>It is there, and is like this.</summary>
    public BacklogState Know(long id, Backlog backlog)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(id, out var known))
            {
                known.Backlog = backlog;
                return known;
            }

            if (_byName.TryGetValue(backlog.Name, out var before))
            {
                Forget(before);
            }

            var state = new BacklogState(id, backlog, Change, Claim);
            _byName[backlog.Name] = state;
            _byId[id] = state;
            if (backlog.Group is not null)
            {
                _groups = [.. _groups, state];
            }

            return state;
        }
    }

    /// <summary>It is not there any more: who waits for it goes on.</summary>
    public void Forget(BacklogState state)
    {
        lock (_gate)
        {
            _byId.TryRemove(state.Id, out _);
            _byName.TryRemove(new KeyValuePair<BacklogName, BacklogState>(state.Name, state));
            _groups = [.. _groups.Where(group => group != state)];
        }

        state.Go();
    }

    /// <summary>These are all that there are.</summary>
    public void KnowAll(List<BacklogRow> rows)
    {
        var there = rows.Select(row => row.Id).ToHashSet();
        foreach (var gone in _byId.Values.Where(state => !there.Contains(state.Id)).ToList())
        {
            Forget(gone);
        }

        rows.ForEach(row => Know(row.Id, row.Backlog));
    }

    /// <summary>Events have come: the groups that want some of them wake.</summary>
    public void Offer(List<StoredMessage> events)
    {
        foreach (var group in _groups)
        {
            if (events.Exists(one => group.Backlog.Group!.Filter.Matches(one.Message)))
            {
                group.Wake();
            }
        }
    }

    public void WakeGroups()
    {
        foreach (var group in _groups)
        {
            group.Wake();
        }
    }
}
