using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Replicas;

/// <summary>Which control planes are alive and which of them leads, as the store has told. Any thread.</summary>
internal sealed class ReplicaSessions(TimeProvider time) : IJournalReader
{
    /// <summary>The job that one of all has: it removes what is nobody's, and forgets what is too much.</summary>
    public const string Leader = "leader";

    // Names of sessions are not used again; so many that went are remembered with their time.
    private const int MostGone = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredSession> _alive = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _gone = new(StringComparer.Ordinal);
    private readonly long _begun = time.GetTimestamp();
    private string? _leader;

    /// <summary>Called when nobody leads any more; only takes a note. Set once, at the start.</summary>
    public Action Vacant { get; set; } = static () => { };

    /// <summary>Whose session leads; null if nobody's.</summary>
    public string? LeaderName => Volatile.Read(ref _leader);

    public bool IsAlive(string name)
    {
        lock (_lock)
        {
            return _alive.ContainsKey(name);
        }
    }

    /// <summary>When a session was seen to be gone, on the clock's timestamps; one that was never known, when we began.</summary>
    public long GoneSince(string name)
    {
        lock (_lock)
        {
            return _gone.GetValueOrDefault(name, _begun);
        }
    }

    public List<(string Name, StoredSession Session)> All()
    {
        lock (_lock)
        {
            return [.. _alive.Select(session => (session.Key, session.Value)).OrderBy(session => session.Key, StringComparer.Ordinal)];
        }
    }

    void IJournalReader.Load(StoreSnapshot snapshot)
    {
        lock (_lock)
        {
            _alive.Clear();
            _leader = null;
            foreach (var entry in snapshot.Entries)
            {
                Apply(entry.Key, entry.Value);
            }
        }
    }

    void IJournalReader.Remember(IReadOnlyList<StoreRevision> revisions)
    {
        // Who was alive then does not matter.
    }

    void IJournalReader.Apply(IReadOnlyList<StoreRevision> revisions)
    {
        var led = LeaderName;
        lock (_lock)
        {
            foreach (var (key, value) in revisions.SelectMany(revision => revision.Changes))
            {
                Apply(key, value);
            }
        }

        if (led is not null && LeaderName is null)
        {
            Vacant();
        }
    }

    private void Apply(string key, byte[]? value)
    {
        if (StoreKeys.TryName(key, StoreKeys.Sessions, out var name))
        {
            if (value is not null)
            {
                _alive[name] = StoredSession.Parser.ParseFrom(value);
                _gone.Remove(name);
            }
            else if (_alive.Remove(name))
            {
                if (_gone.Count >= MostGone)
                {
                    _gone.Remove(_gone.MinBy(gone => gone.Value).Key);
                }

                _gone[name] = time.GetTimestamp();
            }
        }
        else if (key == StoreKeys.Job(Leader))
        {
            Volatile.Write(ref _leader, value is null ? null : System.Text.Encoding.UTF8.GetString(value));
        }
    }
}
