using Mesh.ControlPlane.Config;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// A kind of resource that sidecars are sent: a row of <see cref="ResourceKinds"/>. Streams know no more of it than this.
/// </summary>
/// <param name="name">As in discovery.proto.</param>
/// <param name="audience">Who is sent a resource of it.</param>
/// <param name="find">
/// The newest state of the resource of that name. Called on any thread, often: what is serialized is kept for as long as it
/// is the newest, and shared by all streams, so it must not be changed.
/// </param>
/// <param name="watch">Has its argument called with the name of every resource that changes, at the change: it only takes a note.</param>
internal sealed class ResourceKind(string name, ConfigAudience audience, Func<string, Resource> find, Action<Action<string>> watch)
{
    public string Name { get; } = name;

    public ConfigAudience Audience { get; } = audience;

    public Resource Find(string of) => find(of);

    public void Watch(Action<string> changed) => watch(changed);
}
