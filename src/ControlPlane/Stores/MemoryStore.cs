namespace Mesh.ControlPlane.Stores;

/// <summary>Lives as long as the process. One caller at a time.</summary>
internal sealed class MemoryStore : IStore
{
    private readonly Dictionary<string, StoredConfig> _configs = [];

    public Task<IReadOnlyList<StoredConfig>> LoadAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoredConfig>>([.. _configs.Values]);

    public Task SaveAsync(IReadOnlyList<StoredConfig> changed, CancellationToken cancellation)
    {
        foreach (var config in changed)
            _configs[config.Service] = config;
        return Task.CompletedTask;
    }
}
