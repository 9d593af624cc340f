using Google.Protobuf;
using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Bounds what is kept of services that nobody serves any more: of each its name, version and time, and of those too many the
/// longest gone is forgotten. Used under the registry's lock.
/// </summary>
internal sealed class StoppedServices(int most)
{
    // The longest gone first; each service once, however often it comes and goes.
    private readonly LinkedList<string> _services = new();
    private readonly Dictionary<string, LinkedListNode<string>> _places = new(StringComparer.Ordinal);

    /// <inheritdoc cref="Follow"/>
    public List<Batch> Begin(RegistryState state)
    {
        _services.Clear();
        _places.Clear();
        return Follow(state.Services.Values.Where(service => service.Instances.IsEmpty).OrderBy(service => service.Revision).Select(service => service.Name), [], state);
    }

    /// <returns>What is to be stored so that what nobody needs is forgotten, unless somebody serves it again.</returns>
    /// <param name="stopped">Services without instances that have changed.</param>
    /// <param name="served">Services with instances that have changed.</param>
    /// <param name="state">As it is now.</param>
    public List<Batch> Follow(IEnumerable<string> stopped, IEnumerable<string> served, RegistryState state)
    {
        foreach (var name in served)
        {
            Leave(name);
        }

        var forgotten = new List<Batch>();
        foreach (var name in stopped)
        {
            Leave(name);
            _places.Add(name, _services.AddLast(name));
            if (IsMoreThanItself(state.Services[name].Said))
            {
                forgotten.Add(Strip(state.Services[name]));
            }
        }

        while (_services.Count > most)
        {
            var name = _services.First!.Value;
            Leave(name);
            if (state.Services.GetValueOrDefault(name) is { Instances.IsEmpty: true } service)
            {
                forgotten.Add(Forget(service));
            }
        }

        return forgotten;
    }

    private void Leave(string name)
    {
        if (_places.Remove(name, out var place))
        {
            _services.Remove(place);
        }
    }

    private static bool IsMoreThanItself(StoredService said) => said.Methods.Count + said.Dependencies.Count != 0 || said.HealthCheck is not null;

    // Whoever registers a service without instances says anew what it serves, even if that is the same.
    private static Batch Forget(ServiceState service) => Batch.Of(
        [new Precondition(StoreKeys.Service(service.Name), service.SaidRevision)],
        [new StoreChange(StoreKeys.Service(service.Name), null), new StoreChange(StoreKeys.Removal(service.Name), null)]);

    // What it served went with its last instance.
    private static Batch Strip(ServiceState service) => Batch.Of(
        [new Precondition(StoreKeys.Service(service.Name), service.SaidRevision)],
        [new StoreChange(StoreKeys.Service(service.Name), new StoredService { CreateTime = service.Said.CreateTime, Version = service.Said.Version }.ToByteArray())]);
}
