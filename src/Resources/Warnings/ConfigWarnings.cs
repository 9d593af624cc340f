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
        if (resource.Config is { } config)
        {
            ShadowedRoutes.Find(findings, "config.routes", config.Routes);
            FieldsInVain.Find(findings, "config", config);
            for (var i = 0; i < config.Routes.Count && !findings.IsFull; i++)
            {
                RouteFieldsInVain.Find(findings, $"config.routes[{i}]", config.Routes[i]);
            }
        }

        return findings.All;
    }
}
