namespace Mesh.Sidecar.Discovery;

/// <summary>Whether a control plane is one of ours, by the store it says to go by.</summary>
internal enum Admission
{
    /// <summary>It goes by the store that we go by, or it is the first that has spoken at all.</summary>
    Admitted,

    /// <summary>It is one we have gone by, and has another store than before: it was restarted with an empty memory, or replaced.</summary>
    Replaced,

    /// <summary>It goes by another store: half of the mesh would not know the other half.</summary>
    Refused,
}
