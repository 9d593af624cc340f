using System.Diagnostics.CodeAnalysis;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>The table of kinds. A new kind is a new row.</summary>
internal static class ConfigKinds
{
    /// <summary>How a service is to be called: mesh.v1.ServiceConfig, by the service's name.</summary>
    public static readonly ConfigKind Policy = new(
        "policy", ServiceConfig.Parser, "c/", "h/", "f/", ConfigAudience.Subscribers,
        static (name, message) => ConfigValidation.Validate(name, (ServiceConfig)message));

    public static IReadOnlyList<ConfigKind> All { get; } = [Policy];

    /// <summary>Which resource's present state a key of the store holds; false if it is none's.</summary>
    public static bool TryOfKey(string key, [NotNullWhen(true)] out ConfigKind? kind, [NotNullWhen(true)] out string? name)
    {
        kind = All.FirstOrDefault(kind => key.StartsWith(kind.Prefix, StringComparison.Ordinal));
        name = kind is null ? null : key[kind.Prefix.Length..];
        return name is not null;
    }
}
