using System.Runtime.CompilerServices;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Parts of snapshots that are under way, shared by all who are sent the same: a thousand who do not read hold one part
/// together. What nobody is being sent is not kept. Any thread.
/// </summary>
internal sealed class SharedSnapshots
{
    private readonly ConditionalWeakTable<RegistryState, PartsUnderWay> _states = [];

    /// <summary>At least one; all but the last say that more follow. Each is made when it is asked for.</summary>
    /// <param name="state">What they show.</param>
    /// <param name="services">Of which services; null: of all.</param>
    public IEnumerable<WatchResponse> Of(RegistryState state, IReadOnlySet<string>? services)
    {
        var underWay = _states.GetValue(state, static _ => new PartsUnderWay());
        var filter = services is null ? "" : string.Join(',', services.Order(StringComparer.Ordinal));
        var number = 0;
        List<object>? part = null;
        foreach (var next in SnapshotParts.Of(state, services))
        {
            if (part is not null)
            {
                yield return underWay.Get(filter, number++, state, part, isLast: false);
            }

            part = next;
        }

        yield return underWay.Get(filter, number, state, part!, isLast: true);
    }

    /// <summary>Of one state.</summary>
    private sealed class PartsUnderWay
    {
        // Of a filter each; who watches other services than most makes parts of its own.
        private const int MostKnown = 1000;

        private readonly Lock _lock = new();
        private readonly Dictionary<(string Filter, int Number), WeakReference<WatchResponse>> _parts = [];

        public WatchResponse Get(string filter, int number, RegistryState state, List<object> part, bool isLast)
        {
            lock (_lock)
            {
                if (_parts.TryGetValue((filter, number), out var known) && known.TryGetTarget(out var shared))
                {
                    return shared;
                }

                var made = SnapshotParts.ToMessage(state, part, isLast);
                if (_parts.Count < MostKnown || known is not null)
                {
                    _parts[(filter, number)] = new WeakReference<WatchResponse>(made);
                }

                return made;
            }
        }
    }
}
