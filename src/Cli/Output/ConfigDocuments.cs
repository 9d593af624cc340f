using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>
/// Configuration as documents that <c>apply</c> takes unchanged: what the control plane has set itself stands in a comment.
/// </summary>
internal static class ConfigDocuments
{
    public static void Write(TextWriter output, IEnumerable<ConfigResource> resources)
    {
        foreach (var resource in resources)
        {
            output.WriteLine("---");
            output.WriteLine(PrintableText.Of($"# {Made(resource)}"));
            output.Write(ResourceYaml.WriteYaml(resource.Inbound is { } inbound
                ? new ConfigResource { Service = resource.Service, Inbound = inbound }
                : new ConfigResource { Service = resource.Service, Config = resource.Config ?? new ServiceConfig() }));
        }
    }

    private static string Made(ConfigResource resource) =>
        $"version {resource.Version}"
        + (resource.UpdateTime is { } time ? $" of {ConfigTables.Time(time)}" : "")
        + (resource.Author.Length > 0 ? $" by {resource.Author}" : "")
        + (resource.Reason.Length > 0 ? $": {resource.Reason}" : "");
}
