using Mesh.Http2.Connections;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// What the admin pages and the exported metrics read. Made by the process, which sets <see cref="Listeners"/> before
/// anything reads; from then on any thread may, while the loops write.
/// </summary>
/// <param name="options">What the sidecar was started with.</param>
/// <param name="workers">Its loops.</param>
/// <param name="directory">What it knows of the mesh.</param>
/// <param name="localApp">Where the inbound calls go; null for a pure client.</param>
/// <param name="controlPlane">Null with a static file.</param>
/// <param name="downstreamViolations">What callers did against the protocol.</param>
/// <param name="upstreamViolations">What endpoints did against the protocol.</param>
/// <param name="time">The clock that the loops have too.</param>
internal sealed class SidecarView(
    SidecarOptions options,
    IReadOnlyList<Worker> workers,
    ServiceDirectory directory,
    Cluster? localApp,
    ControlPlaneClient? controlPlane,
    ViolationCounters downstreamViolations,
    ViolationCounters upstreamViolations,
    TimeProvider time)
{
    public SidecarOptions Options { get; } = options;

    public IReadOnlyList<Worker> Workers { get; } = workers;

    public ServiceDirectory Directory { get; } = directory;

    public Cluster? LocalApp { get; } = localApp;

    public ControlPlaneClient? ControlPlane { get; } = controlPlane;

    /// <summary>All that are bound.</summary>
    public IReadOnlyList<DownstreamListener> Listeners { get; set; } = [];

    public ViolationCounters DownstreamViolations { get; } = downstreamViolations;

    public ViolationCounters UpstreamViolations { get; } = upstreamViolations;

    public TimeProvider Time { get; } = time;

    /// <summary>The time as the loops have it, in ticks.</summary>
    public long Now => Time.GetElapsedTime(0).Ticks;

    /// <summary>How old what we know of the mesh is.</summary>
    public TimeSpan SnapshotAge => Time.GetUtcNow() - Directory.CurrentSince;

    /// <summary>All destinations: the services called, by name, and the app beside us.</summary>
    public IEnumerable<(Direction Direction, Cluster Cluster)> Clusters()
    {
        foreach (var cluster in Directory.Current.Clusters.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            yield return (Direction.Outbound, cluster);
        }

        if (LocalApp is { } app)
        {
            yield return (Direction.Inbound, app);
        }
    }
}
