namespace Mesh.ControlPlane.Config;

/// <summary>A staged rollout of a resource is under way, and has to be over before the resource is changed; nothing was changed.</summary>
internal sealed class RolloutUnderWayException(RolloutEntry rollout) : Exception
{
    public RolloutEntry Rollout => rollout;
}
