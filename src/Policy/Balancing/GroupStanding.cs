namespace Mesh.Policy.Balancing;

/// <summary>How a group of endpoints stands, the worst first.</summary>
internal enum GroupStanding
{
    /// <summary>It has no endpoints.</summary>
    Empty,

    /// <summary>None is available.</summary>
    Down,

    /// <summary>So few are available that panic applies.</summary>
    Short,

    /// <summary>Enough are available.</summary>
    Well,
}
