namespace Mesh.ControlPlane.Store;

/// <summary>Why a store does not do what it was asked for.</summary>
internal enum StoreFault
{
    /// <summary>It cannot be reached, read or written; later it may.</summary>
    Unavailable,

    /// <summary>There is no room left.</summary>
    Full,

    /// <summary>It is more than one change may have.</summary>
    TooLarge,

    /// <summary>What is there is not what it should be: damaged, foreign, or of a newer version.</summary>
    Unusable,
}
