namespace Mesh.ControlPlane.Registry;

/// <summary>The bounds of the registry.</summary>
internal sealed record RegistryOptions
{
    /// <summary>How long an instance stays when nothing is heard of it; default 10 s.</summary>
    public TimeSpan LeaseTtl { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Instances in all; default 100,000, some 100 MB.</summary>
    public int MaxInstances { get; init; } = 100_000;

    /// <summary>Services without an instance that are still known by name; default 10,000. The longest gone is forgotten.</summary>
    public int MaxStoppedServices { get; init; } = 10_000;

    /// <summary>Changes from which a watcher can resume; default 10,000.</summary>
    public int ChangeLogLength { get; init; } = 10_000;

    /// <summary>Changes a watcher may be behind before it is sent a snapshot instead; default 1024.</summary>
    public int WatchQueueLength { get; init; } = 1024;
}
