namespace Mesh.ControlPlane.Replicas;

/// <summary>
/// Whether what a control plane writes is bound to its session. It always is, but in a debug build that was asked for the contrary, by the
/// test that shows what it is good for.
/// </summary>
internal static class Fencing
{
#if DEBUG
    public static bool IsOff { get; } = Environment.GetEnvironmentVariable("MESH_TEST_UNFENCED") == "1";
#else
    public static bool IsOff => false;
#endif
}
