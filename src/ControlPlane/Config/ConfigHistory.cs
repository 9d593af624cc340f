using Google.Protobuf;
using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>
/// Which former versions and which deleted names the store has, and which of them are too many. Follows what the store has made;
/// one thread at a time.
/// </summary>
internal sealed class ConfigHistory(HistoryBounds bounds)
{
    /// <summary>Where new names begin to count: above every version of a name that was forgotten.</summary>
    public const string FloorKey = "v/floor";

    // So much more than its bound it may have before it is cut, so that not every deletion costs a second change.
    private const double Slack = 1.1;

    // Of keys that one batch forgets.
    private const int MostAtOnce = 2000;

    private readonly LinkedList<(string Key, int Bytes)> _versions = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, int Bytes)>> _versionPlaces = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _deleted = new();
    private readonly Dictionary<string, LinkedListNode<string>> _deletedPlaces = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>No version of a name that was forgotten is above it.</summary>
    public long Floor { get; private set; }

    /// <summary>A key has a new value, or none any more. In the order of revisions.</summary>
    public void Follow(string key, byte[]? value, ConfigEntry? entry)
    {
        if (key == FloorKey && value is not null)
        {
            Floor = StoredVersionFloor.Parser.ParseFrom(value).Version;
        }
        else if (ConfigKinds.All.Any(kind => key.StartsWith(kind.HistoryPrefix, StringComparison.Ordinal)))
        {
            FollowVersion(key, value);
        }
        else if (ConfigKinds.TryOfKey(key, out _, out _))
        {
            FollowName(key, entry is { IsDeleted: true });
        }
    }

    /// <summary>What is to be forgotten; null if nothing is too much.</summary>
    public Batch? TooMuch(ConfigState state)
    {
        var isLate = _deleted.Count > bounds.MaxDeleted * Slack || _bytes > bounds.MaxBytes * Slack;
        if (!isLate)
        {
            return null;
        }

        var preconditions = new List<Precondition>();
        var changes = new Dictionary<string, StoreChange>(StringComparer.Ordinal);
        var floor = Floor;
        foreach (var key in _deleted.Take(Math.Max(0, _deleted.Count - bounds.MaxDeleted)))
        {
            if (changes.Count >= MostAtOnce)
            {
                break;
            }

            var entry = state.Entries[key];
            preconditions.Add(new Precondition(key, entry.Revision));
            changes[key] = new StoreChange(key, null);
            for (var version = Math.Max(1, entry.Version - ConfigBatch.KeptVersions); version <= entry.Version; version++)
            {
                var historyKey = entry.Kind.HistoryKey(entry.Name, version);
                if (_versionPlaces.ContainsKey(historyKey))
                {
                    changes[historyKey] = new StoreChange(historyKey, null);
                }
            }

            floor = Math.Max(floor, entry.Version);
        }

        var bytes = _bytes;
        foreach (var (key, length) in _versions)
        {
            if (bytes <= bounds.MaxBytes || changes.Count >= MostAtOnce)
            {
                break;
            }

            changes[key] = new StoreChange(key, null);
            bytes -= length;
        }

        if (floor != Floor)
        {
            changes[FloorKey] = new StoreChange(FloorKey, new StoredVersionFloor { Version = floor }.ToByteArray());
        }

        return ConfigBatch.Of(state, preconditions, [.. changes.Values]);
    }

    private void FollowVersion(string key, byte[]? value)
    {
        if (_versionPlaces.Remove(key, out var place))
        {
            _versions.Remove(place);
            _bytes -= place.Value.Bytes;
        }

        if (value is null)
        {
            return;
        }

        var bytes = key.Length + value.Length;
        _versionPlaces.Add(key, _versions.AddLast((key, bytes)));
        _bytes += bytes;
    }

    private void FollowName(string key, bool isDeleted)
    {
        if (_deletedPlaces.Remove(key, out var place))
        {
            _deleted.Remove(place);
        }

        if (isDeleted)
        {
            _deletedPlaces.Add(key, _deleted.AddLast(key));
        }
    }
}
