using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>
/// What a valid resource says in vain. It can be carried out all the same: what is in vain today may be what is left of yesterday's.
/// </summary>
internal static class ConfigWarnings
{
    public static IReadOnlyList<Finding> Of(ConfigResource resource)
    {
        var findings = new Findings();
        Find(findings, "config", resource.Config);
        return findings.All;
    }

    /// <summary>The same of a static file, and what needs a control plane.</summary>
    public static IReadOnlyList<Finding> Of(StaticFile file)
    {
        var findings = new Findings();
        for (var i = 0; i < file.Services.Count && !findings.IsFull; i++)
        {
            Find(findings, $"services[{i}].config", file.Services[i].Config);
            SharedLimitsInVain.Find(findings, $"services[{i}]", file.Services[i]);
        }

        return findings.All;
    }

    private static void Find(Findings findings, string path, ServiceConfig? config)
    {
        if (config is null)
        {
            return;
        }

        ShadowedRoutes.Find(findings, path + ".routes", config.Routes);
        FieldsInVain.Find(findings, path, config);
        for (var i = 0; i < config.Routes.Count && !findings.IsFull; i++)
        {
            RouteFieldsInVain.Find(findings, $"{path}.routes[{i}]", config.Routes[i]);
        }
    }
}
