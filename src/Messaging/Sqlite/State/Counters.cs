using System.Runtime.CompilerServices;
using Mesh.Messaging.Delivering;

namespace Mesh.Messaging.Sqlite.State;

/// <summary>What changes with every message of a queue or group; small, so that a transaction which comes to nothing is undone by a copy.</summary>
internal struct Counters
{
    private ByPhase _phases;

    public long Published;
    public long Delivered;
    public long Acknowledged;
    public long Expired;

    /// <summary>Of a group: the last event that it has looked at.</summary>
    public long Position;

    /// <summary>Of a group: the position that is in the file; the one in memory may be further on over events that were not meant.</summary>
    public long StoredPosition;

    /// <summary>Of a group: events that went before it took them.</summary>
    public long Missed;

    /// <summary>Of a group: there may be something for it behind its position.</summary>
    public bool HasMore;

    public readonly long this[Phase phase] => _phases[(int)phase];

    /// <summary>All that are there.</summary>
    public readonly long Length
    {
        get
        {
            var sum = 0L;
            foreach (var count in _phases)
            {
                sum += count;
            }

            return sum;
        }
    }

    public void Add(Phase phase, long count) => _phases[(int)phase] += count;

    [InlineArray(6)]
    private struct ByPhase
    {
        private long _first;
    }
}
