using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Registry;

/// <summary>Bounds what is kept of services that nobody serves any more: the longest gone is forgotten. Used under the registry's lock.</summary>
internal sealed class StoppedServices(int most)
{
    // A service that came back, and even went again, has further entries; the revision tells which is its last.
    private readonly Queue<(string Name, long Revision)> _services = new();

    public void Begin(RegistryState state)
    {
        _services.Clear();
        foreach (var service in state.Services.Values.Where(service => service.Instances.IsEmpty).OrderBy(service => service.Revision))
            _services.Enqueue((service.Name, service.Revision));
    }

    /// <returns>What is to be stored so that those too many are forgotten, unless somebody serves them again.</returns>
    public List<Batch> Add(IEnumerable<string> stopped, RegistryState state)
    {
        foreach (var name in stopped)
            _services.Enqueue((name, state.Services[name].Revision));
        var forgotten = new List<Batch>();
        while (_services.Count > most)
        {
            var (name, revision) = _services.Dequeue();
            if (state.Services.GetValueOrDefault(name) is { Instances.IsEmpty: true } service && service.Revision == revision)
                forgotten.Add(Forget(service));
        }
        return forgotten;
    }

    // Whoever registers a service without instances says anew what it serves, even if that is the same.
    private static Batch Forget(ServiceState service) => Batch.Of(
        [new Precondition(StoreKeys.Service(service.Name), service.SaidRevision)],
        [new StoreChange(StoreKeys.Service(service.Name), null), new StoreChange(StoreKeys.Removal(service.Name), null)]);
}
