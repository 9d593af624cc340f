using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Readings;

/// <summary>
/// What the admin pages and the exported metrics read. Made by the process, which fills in
/// <see cref="ControlPlane"/> before anything reads; from then on any thread may, while the loops write.
/// </summary>
internal sealed class SidecarView(
    SidecarOptions options,
    IReadOnlyList<Worker> workers,
    ServiceDirectory directory,
    IReadOnlyList<DownstreamListener> listeners,
    ViolationCounters downstreamViolations,
    ViolationCounters upstreamViolations,
    MemoryBudget memory,
    TimeProvider time)
{
    public SidecarOptions Options { get; } = options;

    public IReadOnlyList<Worker> Workers { get; } = workers;

    public ServiceDirectory Directory { get; } = directory;

    public IReadOnlyList<DownstreamListener> Listeners { get; } = listeners;

    public ViolationCounters DownstreamViolations { get; } = downstreamViolations;

    public ViolationCounters UpstreamViolations { get; } = upstreamViolations;

    /// <summary>Null where all is in clear.</summary>
    public MutualTls? Tls { get; init; }

    /// <summary>Of the process.</summary>
    public MemoryBudget Memory { get; } = memory;

    public TimeProvider Time { get; } = time;

    /// <summary>When the process has begun.</summary>
    public DateTimeOffset Started { get; } = time.GetUtcNow();

    /// <summary>Our stream to the control plane; null with a static file.</summary>
    public ControlPlaneClient? ControlPlane { get; set; }

    /// <summary>Calls that authorization refuses; null if none come in.</summary>
    public Denials? Denials { get; init; }

    /// <summary>Who this sidecar is by the control plane; null if it is nobody.</summary>
    public OwnTrust? Own { get; set; }

    /// <summary>The time as the loops have it, in ticks.</summary>
    public long Now => Time.GetElapsedTime(0).Ticks;

    /// <summary>Defects on the loop of the admin pages: who serves them says so.</summary>
    public Func<long> AdminFaults { get; set; } = static () => 0;

    /// <summary>Defects of ours on all loops, or a full heap.</summary>
    public long LoopFaults => Workers.Sum(worker => worker.Loop.Faults) + AdminFaults();

    /// <summary>Calls for a name that no service has.</summary>
    public long Unrouted => Workers.Sum(worker => worker.Unrouted);

    /// <summary>Calls that are missing in the access log: what writes it says so.</summary>
    public Func<long> DroppedLines { get; set; } = static () => 0;

    /// <summary>Calls that are missing in the exported histograms: what exports them says so.</summary>
    public Func<long> DroppedRecords { get; set; } = static () => 0;

    /// <summary>How old what we know of the mesh is.</summary>
    public TimeSpan SnapshotAge => Time.GetUtcNow() - Directory.CurrentSince;

    /// <summary>The calls for names that no service has.</summary>
    public ClusterStatistics Unknown => Workers[0].Unknown; // one for all of them

    /// <summary>
    /// The destinations that there are. Callers choose names, and what is remembered of those that no service has must not become
    /// series of metrics.
    /// </summary>
    public IEnumerable<(Direction Direction, Cluster Cluster)> KnownClusters() => Clusters().Where(entry => entry.Cluster.IsKnown);

    /// <summary>All destinations: the services called, by name, what we answer ourselves once somebody has asked, and the app beside us.</summary>
    public IEnumerable<(Direction Direction, Cluster Cluster)> Clusters()
    {
        var snapshot = Directory.Current;
        foreach (var cluster in snapshot.Clusters.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            if (cluster.Endpoints is [{ Local: not null }] && cluster.Statistics.Attempts == 0)
            {
                continue;
            }

            yield return (Direction.Outbound, cluster);
        }

        if (snapshot.Inbound is { } app)
        {
            yield return (Direction.Inbound, app);
        }
    }
}
