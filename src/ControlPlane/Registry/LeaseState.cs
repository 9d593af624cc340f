namespace Mesh.ControlPlane.Registry;

/// <summary>What a lease is good for.</summary>
internal enum LeaseState
{
    /// <summary>It can be renewed.</summary>
    Live,

    /// <summary>The removal of its instance is on its way into the store: it cannot be renewed, unless the removal fails.</summary>
    Ending,

    /// <summary>Its instance is gone.</summary>
    Over,
}
