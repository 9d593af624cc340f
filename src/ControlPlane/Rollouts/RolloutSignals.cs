using Mesh.ControlPlane.Config;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>What our own sidecars have told of calls since a staged rollout began, on either side of it. Any thread.</summary>
internal sealed class RolloutSignals(ConfigResources configs)
{
    // No sidecar makes more between two reports; more is a mistake of its.
    private const ulong MostCalls = 1_000_000_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Sides> _byId = new(StringComparer.Ordinal);

    /// <summary>A sidecar tells of calls. What is of no rollout that is under way is not minded, nor what was seen before it had its version.</summary>
    /// <param name="sidecar"><c>SERVICE/INSTANCE</c>.</param>
    /// <param name="signals">What it says.</param>
    public void Add(string sidecar, V1.Signals signals)
    {
        if (!configs.OpenRollouts.TryGetValue(signals.Observer, out var rollout)
            || rollout.Has(sidecar) != (signals.Version == rollout.Candidate.Version))
        {
            return;
        }

        lock (_lock)
        {
            var sides = _byId.GetValueOrDefault(signals.Observer) ?? (_byId[signals.Observer] = new Sides());
            var seen = rollout.Has(sidecar) ? sides.Canary : sides.Others;
            seen.Sidecars += sides.Known.Add(sidecar) ? 1u : 0;
            seen.Add(Math.Min(MostCalls, signals.Calls), signals.Failures, signals.Latencies.Where(latency => latency.Count <= MostCalls));
        }
    }

    /// <summary>What there is so far of a rollout, whole.</summary>
    public (RolloutFigures Canary, RolloutFigures Others) Of(string id)
    {
        lock (_lock)
        {
            var sides = _byId.GetValueOrDefault(id) ?? new Sides();
            return (sides.Canary.ToFigures(isWhole: true), sides.Others.ToFigures(isWhole: true));
        }
    }

    /// <summary>Forgets the rollouts that are over.</summary>
    public void ForgetClosed()
    {
        var open = configs.OpenRollouts;
        lock (_lock)
        {
            foreach (var id in _byId.Keys.Where(id => !open.ContainsKey(id)).ToList())
            {
                _byId.Remove(id);
            }
        }
    }

    private sealed class Sides
    {
        public HashSet<string> Known { get; } = new(StringComparer.Ordinal);

        public SeenCalls Canary { get; } = new();

        public SeenCalls Others { get; } = new();
    }
}
