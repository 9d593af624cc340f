using System.Collections.Immutable;

namespace Mesh.ControlPlane.Registry;

/// <summary>Everything at one revision. Immutable: any thread may read it, and it is replaced whole.</summary>
/// <param name="Revision">Of the last change.</param>
/// <param name="Services">By name, in ordinal order.</param>
/// <param name="InstanceCount">Over all services.</param>
internal sealed record RegistryState(long Revision, ImmutableSortedDictionary<string, ServiceState> Services, int InstanceCount)
{
    /// <summary>Nothing yet, at the revision a run begins with.</summary>
    public static RegistryState Empty(TimeProvider time) => new(
        // Above whatever a former run has handed out, as long as the clock did not go back: no run makes 1024 changes
        // every millisecond. Then a watcher that resumes from a former run's revision is sent a snapshot. The result is
        // below 2^53 until the year 2248, so that it survives JSON readers that know only doubles.
        time.GetUtcNow().ToUnixTimeMilliseconds() << 10,
        ImmutableSortedDictionary.Create<string, ServiceState>(StringComparer.Ordinal),
        0);
}
