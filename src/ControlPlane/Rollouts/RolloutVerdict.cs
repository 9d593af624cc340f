namespace Mesh.ControlPlane.Rollouts;

/// <summary>What is to be done with a staged rollout.</summary>
internal enum RolloutVerdict
{
    /// <summary>It is not decided.</summary>
    GoOn,

    /// <summary>Everybody gets the version.</summary>
    Promote,

    /// <summary>Nobody keeps it.</summary>
    Abort,
}
