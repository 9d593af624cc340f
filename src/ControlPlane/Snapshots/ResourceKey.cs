namespace Mesh.ControlPlane.Snapshots;

/// <summary>What a resource on a discovery stream is about.</summary>
internal enum ResourceKind
{
    /// <summary>A service's endpoints.</summary>
    Endpoints,

    /// <summary>A service's policy.</summary>
    Policy,
}

/// <summary>Names one resource.</summary>
internal readonly record struct ResourceKey(ResourceKind Kind, string Service);
