using Mesh.ControlPlane.Xds.Mapping;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>What is wrong with a policy: for sidecars, or as clients without one would be sent it.</summary>
internal static class PolicyFaults
{
    /// <summary>A line each, naming the field by its path.</summary>
    public static IEnumerable<string> Of(string name, ServiceConfig config)
    {
        var faults = ConfigValidation.Validate(name, config);
        return faults.Count > 0 || !RouteMapping.IsTooLarge(name, PolicyTranslation.ToPolicy(config))
            ? faults
            : [$"{name}: config.routes: clients without a sidecar would be sent more than {RouteMapping.MaxBytes} bytes, which they do not take; give it fewer routes, methods to retry or inverted headers"];
    }
}
