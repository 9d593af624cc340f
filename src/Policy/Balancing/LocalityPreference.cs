namespace Mesh.Policy.Balancing;

/// <summary>Which endpoints are called rather than others, by where they are.</summary>
public enum LocalityPreference
{
    /// <summary>All alike.</summary>
    Any,

    /// <summary>Those of the caller's region.</summary>
    Region,

    /// <summary>Those of the caller's zone, then those of its region.</summary>
    Zone,
}
