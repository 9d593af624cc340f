using Mesh.Hosting;

namespace Mesh.ControlPlane.Api;

/// <summary>Lists of service names in requests.</summary>
internal static class ServiceNames
{
    /// <summary>The first that is none, or null.</summary>
    public static string? FirstFault(IEnumerable<string> services)
    {
        var index = 0;
        foreach (var name in services)
        {
            if (!ValueKinds.ServiceName.TryParse(name, out _))
            {
                return $"services[{index}]: '{Shown.Text(name)}' is not {ValueKinds.ServiceName.Expectation}";
            }

            index++;
        }

        return null;
    }
}
