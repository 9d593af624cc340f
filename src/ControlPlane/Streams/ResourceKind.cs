using Mesh.ControlPlane.Config;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// A kind of resource that sidecars are sent: a row of <see cref="ResourceKinds"/>. Streams know no more of it than this.
/// </summary>
/// <param name="name">As in discovery.proto.</param>
/// <param name="audience">Who is sent a resource of it.</param>
/// <param name="find">
/// The newest state of the resource of that name, for the sidecar of that name. Called on any thread, often: what is serialized is kept for as long as it
/// is the newest, and shared by all streams, so it must not be changed.
/// </param>
/// <param name="watch">Has its argument called with the name of every resource that changes, at the change: it only takes a note.</param>
/// <param name="rollout">The staged rollout that is under way of the resource of that name; null if there is none. Absent: there never is.</param>
internal sealed class ResourceKind(
    string name, ConfigAudience audience, Func<string, string, Resource> find, Action<Action<string>> watch, Func<string, Rollout?>? rollout = null)
{
    public string Name { get; } = name;

    public ConfigAudience Audience { get; } = audience;

    /// <param name="of">The resource's name.</param>
    /// <param name="sidecar"><c>SERVICE/INSTANCE</c>; empty: whichever is none of those that try something out.</param>
    public Resource Find(string of, string sidecar = "") => find(of, sidecar);

    public Rollout? RolloutOf(string of) => rollout?.Invoke(of);

    public void Watch(Action<string> changed) => watch(changed);
}
