using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Stores;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>
/// The configuration resources and their versions. Any thread may call it: readers take an immutable view, writers wait
/// for each other, as the store may take its time. What is written is stored before anybody sees it.
/// </summary>
internal sealed class ConfigResources(TimeProvider time, IStore store, ILogger<ConfigResources> log) : IDisposable
{
    /// <summary>Services that ever had a resource; a deleted one counts, as its version is kept.</summary>
    public const int MaxServices = 100_000;

    private readonly SemaphoreSlim _writer = new(1);
    private volatile ConfigState _state = ConfigState.Of([]);

    /// <summary>Called with a service's name after its resource has changed. Set once, before the first change.</summary>
    public Action<string> Changed { get; set; } = static _ => { };

    /// <summary>By service name.</summary>
    public IEnumerable<ConfigResource> All => _state.Services.Values.Select(config => config.Resource).OfType<ConfigResource>();

    /// <summary>Reads the store, before anything else is called.</summary>
    public async Task LoadAsync(CancellationToken cancellation) =>
        _state = ConfigState.Of(await store.LoadAsync(cancellation));

    /// <summary>The resource of a service, or null. It must not be changed.</summary>
    public ConfigResource? Find(string service) => _state.Services.GetValueOrDefault(service)?.Resource;

    /// <summary>The same with its version, also if it was deleted; null if there never was one.</summary>
    public StoredConfig? FindStored(string service) => _state.Services.GetValueOrDefault(service);

    /// <summary>Stores valid resources, one per service, all or none.</summary>
    /// <returns>As stored, in the order given; null if there would be more than <see cref="MaxServices"/>.</returns>
    public async Task<IReadOnlyList<ConfigResource>?> ApplyAsync(
        IReadOnlyList<ConfigResource> resources, bool dryRun, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow().ToTimestamp();
            var before = _state.Services;
            var result = resources.Select(resource => Next(before.GetValueOrDefault(resource.Service), resource, now)).ToList();
            var changed = result
                .Where(resource => !ReferenceEquals(before.GetValueOrDefault(resource.Service)?.Resource, resource))
                .Select(resource => new StoredConfig(resource.Service, resource.Version, resource))
                .ToList();
            if (before.Count + changed.Count(config => !before.ContainsKey(config.Service)) > MaxServices)
                return null;
            if (!dryRun)
                await StoreAsync(changed, cancellation);
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Removes a resource; false if there is none.</summary>
    public async Task<bool> DeleteAsync(string service, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            if (_state.Services.GetValueOrDefault(service) is not { Resource: not null } stored)
                return false;
            await StoreAsync([stored with { Resource = null }], cancellation);
            return true;
        }
        finally
        {
            _writer.Release();
        }
    }

    public void Dispose() => _writer.Dispose();

    private static ConfigResource Next(StoredConfig? stored, ConfigResource given, Timestamp now)
    {
        var config = given.Config ?? new ServiceConfig();
        if (stored?.Resource is { } resource && resource.Config.Equals(config))
            return resource;
        return new ConfigResource
        {
            Service = given.Service,
            Config = config.Clone(),
            Version = (stored?.Version ?? 0) + 1,
            UpdateTime = now,
        };
    }

    private async Task StoreAsync(List<StoredConfig> changed, CancellationToken cancellation)
    {
        if (changed.Count == 0)
            return;
        await store.SaveAsync(changed, cancellation);
        _state = new ConfigState(_state.Services.SetItems(
            changed.Select(config => KeyValuePair.Create(config.Service, config))));
        foreach (var config in changed)
        {
            log.LogInformation("config of {Service} {What}, version {Version}",
                config.Service, config.Resource is null ? "deleted" : "applied", config.Version);
            Changed(config.Service);
        }
    }
}
