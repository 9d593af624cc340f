using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>
/// The configuration resources of all kinds and their versions. Any thread may call it: readers take an immutable view,
/// which changes by nothing but what the store has made.
/// </summary>
internal sealed class ConfigResources : IJournalReader
{
    /// <summary>Resources that there may be; deleted ones do not count.</summary>
    public const int MaxResources = 100_000;

    private readonly TimeProvider _time;
    private readonly Journal _journal;
    private readonly Replica _replica;
    private readonly ILogger<ConfigResources> _log;
    private readonly ConfigHistory _history;
    private int _isForgetting;
    private volatile ConfigState _state = ConfigState.Empty;
    private ImmutableDictionary<string, byte[]> _fromFiles = ImmutableDictionary<string, byte[]>.Empty;

    public ConfigResources(TimeProvider time, Journal journal, Replica replica, HistoryBounds bounds, ILogger<ConfigResources> log)
    {
        _history = new ConfigHistory(bounds);
        _time = time;
        _journal = journal;
        _replica = replica;
        _log = log;
        journal.Add(this);
    }

    /// <summary>Called with a resource after it, or its staged rollout, has changed or was deleted; only takes a note. Set once, before the first change.</summary>
    public Action<ConfigKind, string> Changed { get; set; } = static (_, _) => { };

    /// <summary>How many there are, of all kinds.</summary>
    public int Count => _state.LiveCount;

    /// <summary>Those of a kind that are not deleted, by name.</summary>
    public IEnumerable<ConfigEntry> All(ConfigKind kind) =>
        _state.Entries.Values.Where(entry => entry.Kind == kind && !entry.IsDeleted);

    /// <summary>A resource as it stands, or that it was deleted; null if there never was one.</summary>
    public ConfigEntry? Find(ConfigKind kind, string name) => _state.Find(kind, name);

    /// <summary>The same as one sidecar is to have it: of a staged rollout, some have another version.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sidecar"><c>SERVICE/INSTANCE</c>.</param>
    public ConfigEntry? FindFor(ConfigKind kind, string name, string sidecar)
    {
        var state = _state;
        return state.FindRollout(kind, name) is { IsOpen: true } rollout && rollout.Has(sidecar) ? rollout.Candidate : state.Find(kind, name);
    }

    /// <summary>A resource's staged rollout that is under way, or the last one; null if there is none.</summary>
    public RolloutEntry? FindRollout(ConfigKind kind, string name) => _state.FindRollout(kind, name);

    /// <summary>The staged rollouts that are under way, by their ids.</summary>
    public IReadOnlyDictionary<string, RolloutEntry> OpenRollouts => _state.OpenRollouts;

    /// <summary>One of the versions that are kept of a resource, whether it is the present one or not; null if it is not kept.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<ConfigEntry?> FindAsync(ConfigKind kind, string name, long version, CancellationToken cancellation)
    {
        // The present one may have outlived its place among the others.
        if (_state.Find(kind, name) is { } present && present.Version == version)
        {
            return present;
        }

        return await _journal.ReadAsync(kind.HistoryKey(name, version), cancellation) is { } stored
            ? ConfigEntry.Read(kind, name, stored.Value, stored.Revision)
            : null;
    }

    /// <summary>Stores valid resources, at most one per kind and name, all or none. One that is so already keeps its version.</summary>
    /// <returns>As they stand then, in the order given; null if there would be more than <see cref="MaxResources"/>.</returns>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    /// <exception cref="ConfigConflictException">One does not have the version that it must; nothing was changed.</exception>
    public Task<IReadOnlyList<ConfigEntry>?> ApplyAsync(IReadOnlyList<ConfigChange> changes, ConfigOrigin origin, bool dryRun = false) =>
        ChangeAsync(origin, dryRun, batch =>
        {
            foreach (var change in changes)
            {
                batch.Add(change);
            }
        });

    /// <summary>Stores valid resources that a file holds, but for those that are as the same file's last said: what was applied since stays.</summary>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    public Task<IReadOnlyList<ConfigEntry>?> ApplyFileAsync(IReadOnlyList<ConfigChange> changes, ConfigOrigin origin)
    {
        var news = changes.Where(change => !change.Value!.Equals(LastFromFile(change))).ToList();
        foreach (var change in news.Where(IsTriedOut))
        {
            _log.LogWarning("{Kind} of {Name} in --config is not applied: a staged rollout of it is under way", change.Kind, change.Name);
        }

        news.RemoveAll(IsTriedOut);
        return ChangeAsync(origin, false, batch =>
        {
            foreach (var change in news)
            {
                batch.Add(change);
                batch.Add(FileRecord.Of(change));
            }
        });
    }

    /// <summary>Begins a staged rollout, see <see cref="ConfigBatch.Begin"/>.</summary>
    /// <returns>It, and its version as some are to have it; null if the resource is so already.</returns>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    /// <exception cref="ConfigConflictException">It does not have the version that it must; nothing was changed.</exception>
    /// <exception cref="RolloutUnderWayException">Another one of it is under way; nothing was changed.</exception>
    public async Task<RolloutEntry?> BeginRolloutAsync(ConfigChange change, ConfigOrigin origin, Rollout rollout, ulong threshold, bool dryRun)
    {
        while (true)
        {
            var batch = new ConfigBatch(_state, origin, _time.GetUtcNow().ToTimestamp());
            var begun = batch.Begin(change, rollout, threshold);
            if (begun is null || dryRun || await TryMakeAsync(batch) is not null)
            {
                return begun;
            }
        }
    }

    /// <summary>Ends a staged rollout, see <see cref="ConfigBatch.End"/>.</summary>
    /// <returns>False if it is not as given any more: somebody else has ended it.</returns>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    public async Task<bool> EndRolloutAsync(RolloutEntry open, Rollout decided, ConfigOrigin origin)
    {
        while (true)
        {
            var state = _state;
            if (state.FindRollout(open.Kind, open.Name) != open)
            {
                return false;
            }

            var batch = new ConfigBatch(state, origin, _time.GetUtcNow().ToTimestamp());
            batch.End(open, decided);
            if (await TryMakeAsync(batch) is not null)
            {
                return true;
            }
        }
    }

    /// <summary>Deletes a resource.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="origin">Who wants it, and why.</param>
    /// <param name="allowMissing">Also if there is none: that it is deleted is then a version too, for those who still have one.</param>
    /// <param name="ifVersion">The version that it must have; null: whatever it is.</param>
    /// <returns>That it is deleted; null if there was none to delete.</returns>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    /// <exception cref="ConfigConflictException">It does not have the version that it must; nothing was changed.</exception>
    public async Task<ConfigEntry?> DeleteAsync(ConfigKind kind, string name, ConfigOrigin origin, bool allowMissing = false, long? ifVersion = null)
    {
        while (true)
        {
            var state = _state;
            if (!allowMissing && state.Find(kind, name) is not { IsDeleted: false })
            {
                return null;
            }

            var batch = new ConfigBatch(state, origin, _time.GetUtcNow().ToTimestamp());
            batch.Add(new ConfigChange(kind, name, null, ifVersion));
            if (await TryMakeAsync(batch) is { } made)
            {
                return made[0];
            }
        }
    }

    void IJournalReader.Load(StoreSnapshot snapshot)
    {
        var entries = ConfigState.Empty.Entries.ToBuilder();
        var fromFiles = _fromFiles.ToBuilder();
        var rollouts = ConfigState.Empty.Rollouts.ToBuilder();
        foreach (var stored in snapshot.Entries.OrderBy(entry => entry.Revision))
        {
            if (ConfigKinds.TryOfKey(stored.Key, out var kind, out var name))
            {
                entries[stored.Key] = ConfigEntry.Read(kind, name, stored.Value, stored.Revision);
            }
            else if (FileRecord.IsKey(stored.Key))
            {
                fromFiles[stored.Key] = stored.Value;
            }
            else if (RolloutEntry.TryOfKey(stored.Key, out kind, out name))
            {
                rollouts[stored.Key] = RolloutEntry.Read(kind, name, stored.Value, stored.Revision);
            }

            _history.Follow(stored.Key, stored.Value, entries.GetValueOrDefault(stored.Key));
        }

        _fromFiles = fromFiles.ToImmutable();
        var head = snapshot.Entries.FirstOrDefault(entry => entry.Key == ConfigBatch.HeadKey)?.Revision ?? 0;
        _state = new ConfigState(entries.ToImmutable(), entries.Values.Count(entry => !entry.IsDeleted), _history.Floor, head, rollouts.ToImmutable());
        ForgetWhatIsTooMuch();
    }

    void IJournalReader.Remember(IReadOnlyList<StoreRevision> revisions)
    {
        // Nobody resumes a watch of configuration.
    }

    void IJournalReader.Apply(IReadOnlyList<StoreRevision> revisions)
    {
        var changed = new List<ConfigEntry>();
        var entries = _state.Entries.ToBuilder();
        var rollouts = _state.Rollouts;
        var tried = new List<RolloutEntry>();
        var (live, head) = (_state.LiveCount, _state.Head);
        foreach (var revision in revisions)
        {
            foreach (var (key, value) in revision.Changes)
            {
                if (key == ConfigBatch.HeadKey)
                {
                    head = revision.Revision;
                }

                if (FileRecord.IsKey(key) && value is not null)
                {
                    _fromFiles = _fromFiles.SetItem(key, value);
                }

                ConfigEntry? entry = null;
                if (ConfigKinds.TryOfKey(key, out var kind, out var name))
                {
                    live -= entries.GetValueOrDefault(key) is { IsDeleted: false } ? 1 : 0;
                    entry = value is null ? null : ConfigEntry.Read(kind, name, value, revision.Revision);
                    live += entry is { IsDeleted: false } ? 1 : 0;
                    if (entry is null)
                    {
                        entries.Remove(key);
                    }
                    else
                    {
                        changed.Add(entries[key] = entry);
                    }
                }

                if (RolloutEntry.TryOfKey(key, out kind, out name))
                {
                    rollouts = value is null ? rollouts.Remove(key) : rollouts.SetItem(key, RolloutEntry.Read(kind, name, value, revision.Revision));
                    tried.AddRange(value is null ? [] : [rollouts[key]]);
                }

                _history.Follow(key, value, entry);
            }
        }

        if (changed.Count == 0 && rollouts == _state.Rollouts && entries.Count == _state.Entries.Count && head == _state.Head)
        {
            return;
        }

        _state = new ConfigState(entries.ToImmutable(), live, _history.Floor, head, rollouts);
        foreach (var entry in changed)
        {
            _log.LogInformation("{Kind} of {Name} {What}, version {Version}",
                entry.Kind, entry.Name, entry.IsDeleted ? "deleted" : "applied", entry.Version);
            Changed(entry.Kind, entry.Name);
        }

        foreach (var rollout in tried)
        {
            _log.LogInformation("{Kind} of {Name}, version {Version}: staged rollout {State}{Why}",
                rollout.Kind, rollout.Name, rollout.Rollout.Version, rollout.IsOpen ? "begins" : "ends: " + rollout.Rollout.State, rollout.IsOpen ? "" : $": {rollout.Rollout.Why}");
            Changed(rollout.Kind, rollout.Name);
        }

        ForgetWhatIsTooMuch();
    }

    // One batch at a time: what it forgets is known to be gone when it is applied.
    private void ForgetWhatIsTooMuch()
    {
        if (_isForgetting == 0 && _history.TooMuch(_state) is { } batch && Interlocked.Exchange(ref _isForgetting, 1) == 0)
        {
            _ = ForgetAsync(batch);
        }
    }

    private async Task ForgetAsync(Batch batch)
    {
        try
        {
            await _replica.AppendAsLeaderAsync(batch);
        }
        catch (StoreException)
        {
            // It is kept, and is too much at the next change again.
        }
        finally
        {
            Volatile.Write(ref _isForgetting, 0);
        }
    }

    private async Task<IReadOnlyList<ConfigEntry>?> ChangeAsync(ConfigOrigin origin, bool dryRun, Action<ConfigBatch> fill)
    {
        while (true)
        {
            var state = _state;
            var batch = new ConfigBatch(state, origin, _time.GetUtcNow().ToTimestamp());
            fill(batch);
            if (state.LiveCount + batch.Added > MaxResources)
            {
                return null;
            }

            if (dryRun)
            {
                return batch.Entries;
            }

            if (await TryMakeAsync(batch) is { } made)
            {
                return made;
            }
        }
    }

    /// <returns>Null if somebody was quicker, and the state is another one now.</returns>
    private async Task<IReadOnlyList<ConfigEntry>?> TryMakeAsync(ConfigBatch batch)
    {
        if (batch.IsEmpty)
        {
            return batch.Entries;
        }

        var result = await _journal.AppendAsync(batch.ToBatch());
        return result.IsApplied
            ? [.. batch.Entries.Select(entry => entry.Revision == 0 ? entry with { Revision = result.Revision } : entry)]
            : null;
    }

    private bool IsTriedOut(ConfigChange change) => _state.FindRollout(change.Kind, change.Name) is { IsOpen: true };

    private Google.Protobuf.IMessage? LastFromFile(ConfigChange change) =>
        _fromFiles.TryGetValue(change.Kind.FileKey(change.Name), out var record) ? FileRecord.Read(change.Kind, record) : null;
}
