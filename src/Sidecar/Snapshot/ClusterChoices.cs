using Mesh.Policy.Balancing;

namespace Mesh.Sidecar.Snapshot;

/// <summary>
/// The choices of services' endpoints that the routes of one snapshot lead to. Filled while the snapshot is made, immutable from then
/// on; has only what its own snapshot asks for, so that those which no route names any more are forgotten.
/// </summary>
internal sealed class ClusterChoices
{
    private readonly Dictionary<(string Service, EndpointSubset Subset), Cluster> _made = [];

    /// <summary>All of a service, in no order.</summary>
    public IEnumerable<Cluster> Of(string service) => _made.Where(choice => choice.Key.Service == service).Select(choice => choice.Value);

    /// <summary>The cluster of some of a service's endpoints.</summary>
    /// <param name="whole">The service's.</param>
    /// <param name="subset">Which of them.</param>
    /// <param name="former">Those of the snapshot before: what has not changed is taken from there. Null if there is none.</param>
    public Cluster Choose(Cluster whole, EndpointSubset subset, ClusterChoices? former)
    {
        if (subset.IsAll)
        {
            return whole;
        }

        var key = (whole.Name, subset);
        if (!_made.TryGetValue(key, out var choice))
        {
            var before = former?._made.GetValueOrDefault(key);
            _made[key] = choice = ReferenceEquals(before?.Whole, whole) ? before! : Make(whole, subset, before?.Balancer);
        }

        return choice;
    }

    /// <param name="whole">The service's cluster.</param>
    /// <param name="subset">Which of its endpoints.</param>
    /// <param name="balancer">That of the same choice before; a rotation that began anew with each snapshot would favour the first.</param>
    private static Cluster Make(Cluster whole, EndpointSubset subset, Balancer? balancer)
    {
        var options = whole.Policy.Balancing;
        if (balancer?.Options != options)
        {
            balancer = Balancer.Create(options, whole.Balancer.Start);
        }

        int[] chosen = [.. Enumerable.Range(0, whole.Endpoints.Length).Where(i => subset.Contains(whole.Endpoints[i].State.Model))];
        var set = whole.Set.Choose(chosen);
        balancer.Prepare(set);
        return whole with
        {
            Whole = whole,
            Subset = subset,
            Set = set,
            Endpoints = Array.ConvertAll(chosen, i => whole.Endpoints[i]),
            Balancer = balancer,
        };
    }
}
