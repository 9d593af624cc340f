namespace Mesh.ControlPlane.Stores;

/// <summary>
/// What outlives the process. That is the configuration: instances are not stored, as their sidecars register them
/// again. Calls come one at a time, from one writer.
/// </summary>
internal interface IStore
{
    /// <summary>Everything, once at start.</summary>
    Task<IReadOnlyList<StoredConfig>> LoadAsync(CancellationToken cancellation);

    /// <summary>Stores all or none, by service; only when it has completed may anybody see the new state.</summary>
    Task SaveAsync(IReadOnlyList<StoredConfig> changed, CancellationToken cancellation);
}
