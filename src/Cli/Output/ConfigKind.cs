using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>The kinds of configuration that a service may have, each a resource of its own (config.proto).</summary>
internal static class ConfigKind
{
    public const string Policy = "policy";
    public const string Inbound = "inbound";

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [Policy, Inbound];

    public static string Of(ConfigResource resource) => resource.Inbound is null ? Policy : Inbound;

    /// <summary>Whose it is, as a line about it begins: a service's policy goes by the service's name.</summary>
    public static string Subject(string service, string kind) => kind == Policy ? service : $"{service} ({kind})";
}
