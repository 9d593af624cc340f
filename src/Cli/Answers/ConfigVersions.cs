using Mesh.V1;

namespace Mesh.Cli.Answers;

/// <summary>All versions that the control plane keeps of a resource.</summary>
internal static class ConfigVersions
{
    /// <summary>The newest first; at least one.</summary>
    /// <exception cref="Grpc.Core.RpcException">There never was one.</exception>
    public static async Task<IReadOnlyList<ConfigVersion>> ReadAsync(
        Config.ConfigClient configs, string service, string kind, CancellationToken cancellation)
    {
        var limit = new AnswerLimit("versions");
        var all = new List<ConfigVersion>();
        var token = "";
        do
        {
            var request = new ListConfigVersionsRequest { Service = service, Kind = kind, PageToken = token };
            var page = await configs.ListVersionsAsync(request, cancellationToken: cancellation);
            token = limit.Next(page, page.NextPageToken);
            all.AddRange(page.Versions);
        }
        while (token.Length > 0);
        return all.Count > 0 ? all : throw new CliException($"the control plane keeps no version of '{service}'");
    }

    /// <summary>One of them.</summary>
    /// <exception cref="CliException">It is not kept.</exception>
    public static ConfigVersion Of(IReadOnlyList<ConfigVersion> versions, long version, string service) =>
        versions.FirstOrDefault(one => one.Resource.Version == version)
        ?? throw new CliException($"version {version} of '{service}' is not kept (meshctl history {service} lists those that are)");

    /// <summary>The one before a version; null if none is kept.</summary>
    public static ConfigVersion? Before(IReadOnlyList<ConfigVersion> versions, ConfigVersion version) =>
        versions.SkipWhile(one => one != version).Skip(1).FirstOrDefault();
}
