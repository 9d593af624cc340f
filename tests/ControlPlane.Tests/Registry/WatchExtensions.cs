using Mesh.ControlPlane.Registry;

namespace Mesh.ControlPlane.Tests.Registry;

internal static class WatchExtensions
{
    /// <summary>Watches on a connection of its own; null if it may not.</summary>
    public static Watcher? Watch(this ServiceRegistry registry, IEnumerable<string> services, long fromRevision) =>
        registry.Watch(services, fromRevision, Guid.NewGuid().ToString(), out _);
}
