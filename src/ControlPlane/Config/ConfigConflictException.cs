namespace Mesh.ControlPlane.Config;

/// <summary>A resource does not have the version that it was to have for a change; nothing was changed.</summary>
/// <param name="name">The resource's.</param>
/// <param name="version">The one it has; 0 if there is none at present.</param>
internal sealed class ConfigConflictException(string name, long version) : Exception
{
    public string Name => name;

    public long Version => version;
}
