namespace Mesh.ControlPlane.Registry;

/// <summary>The bounds of the registry.</summary>
internal sealed record RegistryOptions
{
    /// <summary>How long an instance stays when nothing is heard of it; default 10 s.</summary>
    public TimeSpan LeaseTtl { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of all instances, how many that a control plane has left behind are removed within one TTL; default 0.2.</summary>
    public double OrphanShare { get; init; } = 0.2;

    /// <summary>So many are always; default 20.</summary>
    public int OrphansAtOnce { get; init; } = 20;

    /// <summary>Instances in all; default 100,000, some 100 MB.</summary>
    public int MaxInstances { get; init; } = 100_000;

    /// <summary>
    /// Bytes that registrations have in all: instances with their metadata, and what they say of their services; default 128 MiB. In
    /// memory they take about four times that.
    /// </summary>
    public long MaxBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Services without an instance that are still known by name; default 10,000. The longest gone is forgotten.</summary>
    public int MaxStoppedServices { get; init; } = 10_000;

    /// <summary>Changes a watcher may be behind, or resume from, before it is sent a snapshot instead; default 10,000.</summary>
    public int ChangeLogLength { get; init; } = 10_000;

    /// <summary>Bytes that those changes have at most, all told; default 8 MiB; in memory they take several times that. The older go first.</summary>
    public long ChangeLogBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Who may watch at once; default 1,000.</summary>
    public int MaxWatchers { get; init; } = 1000;

    /// <summary>Who may watch at once on one connection; default 100.</summary>
    public int MaxWatchersPerConnection { get; init; } = 100;

    /// <summary>Changes of one instance that are stored at once, before they are damped; default 8.</summary>
    public int ChangeBurst { get; init; } = 8;

    /// <summary>How often one that is damped is stored; default 250 ms.</summary>
    public TimeSpan ChangeInterval { get; init; } = TimeSpan.FromMilliseconds(250);
}
