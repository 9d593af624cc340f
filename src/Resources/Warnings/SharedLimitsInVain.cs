using Google.Protobuf.Collections;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>Limits that are to be shared where nobody divides them.</summary>
internal static class SharedLimitsInVain
{
    public static void Find(Findings findings, string path, StaticService service)
    {
        Find(findings, path + ".config.rate_limits", service.Config?.RateLimits);
        for (var i = 0; i < service.Config?.Routes.Count && !findings.IsFull; i++)
        {
            Find(findings, $"{path}.config.routes[{i}].rate_limits", service.Config.Routes[i].RateLimits);
        }

        Find(findings, path + ".inbound.rate_limits", service.Inbound?.RateLimits);
    }

    private static void Find(Findings findings, string path, RepeatedField<RateLimit>? limits)
    {
        for (var i = 0; i < limits?.Count && !findings.IsFull; i++)
        {
            if (limits[i].Shared)
            {
                findings.Add($"{path}[{i}].shared", "has no effect in a static file: without a control plane nobody divides it, and each sidecar goes by the whole limit");
            }
        }
    }
}
