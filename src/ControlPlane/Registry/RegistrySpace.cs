using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Registry;

/// <summary>Bounds the bytes that registrations have, those counted that are on their way into the store. Used under the registry's lock.</summary>
internal sealed class RegistrySpace(long most)
{
    private long _underWay;

    /// <summary>Whether there is room for what a registration is going to store. What is not more than it replaces always has.</summary>
    /// <param name="state">What is registered.</param>
    /// <param name="registered">What is to be stored for one instance of a service.</param>
    /// <param name="service">Which.</param>
    /// <param name="id">Which instance.</param>
    /// <param name="more">How many bytes more there are going to be.</param>
    public bool Has(RegistryState state, Batch registered, string service, string id, out long more)
    {
        var replaced = 0;
        var known = state.Services.GetValueOrDefault(service);
        foreach (var (key, _) in registered.Changes)
        {
            replaced += StoreKeys.TryInstance(key, out _) ? known?.Instances.GetValueOrDefault(id)?.Bytes ?? 0 : known?.SaidBytes ?? 0;
        }

        more = Math.Max(0, RevisionLog.BytesOf(registered.Changes) - replaced);
        return more == 0 || state.Bytes + _underWay + more <= most;
    }

    /// <summary>So much is on its way into the store.</summary>
    public void Reserve(long bytes) => _underWay += bytes;

    /// <summary>It is in the state now, or is not going to be.</summary>
    public void Return(long bytes) => _underWay -= bytes;
}
