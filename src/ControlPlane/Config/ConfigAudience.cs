namespace Mesh.ControlPlane.Config;

/// <summary>Whom a configuration resource concerns.</summary>
internal enum ConfigAudience
{
    /// <summary>The sidecars that have subscribed to the service of the resource's name.</summary>
    Subscribers,

    /// <summary>The sidecars beside instances of the service of the resource's name, asked for or not.</summary>
    OwnSidecars,

    /// <summary>Every sidecar.</summary>
    Everyone,
}
