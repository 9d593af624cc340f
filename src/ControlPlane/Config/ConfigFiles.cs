using Mesh.V1;
namespace Mesh.ControlPlane.Config;
internal static class ConfigFiles
{
    public static bool TryRead(string path, out IReadOnlyList<ConfigResource> resources, out IReadOnlyList<string> faults)
    { resources = []; faults = [path]; return false; }
}
