using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Mesh.Integration.Deploy;

/// <summary>What is of interest in a compose file, with its merges resolved.</summary>
internal sealed class ComposeFile
{
    public required IReadOnlySet<string> TopLevel { get; init; }

    public required IReadOnlyDictionary<string, ComposeService> Services { get; init; }

    public required IReadOnlySet<string> Volumes { get; init; }

    /// <summary>Variables have the values that the file gives where nothing else does.</summary>
    public static ComposeFile Parse(string text)
    {
        text = Regex.Replace(text, @"\$\{\w+:-([^}]*)\}", "$1");
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        var root = Map(new DeserializerBuilder().Build().Deserialize<object>(parser));
        return new ComposeFile
        {
            TopLevel = root.Keys.ToHashSet(),
            Volumes = root.TryGetValue("volumes", out var volumes) ? Names(volumes).ToHashSet() : [],
            Services = Map(root["services"]).ToDictionary(entry => entry.Key, entry => Service(entry.Key, Map(entry.Value))),
        };
    }

    private static ComposeService Service(string name, Dictionary<string, object> fields) => new()
    {
        Name = name,
        IsOurs = !fields.TryGetValue("image", out var image) || (string)image == "mesh:local",
        Command = List(fields.GetValueOrDefault("command")),
        Probe = fields.TryGetValue("healthcheck", out var check) ? [.. List(Map(check)["test"]).Skip(1)] : [],
        ProbeInterval = fields.TryGetValue("healthcheck", out var often) ? (string?)Map(often).GetValueOrDefault("interval") : null,
        Restart = (string?)fields.GetValueOrDefault("restart"),
        Environment = fields.TryGetValue("environment", out var environment)
            ? Map(environment).ToDictionary(entry => entry.Key, entry => (string)entry.Value)
            : [],
        Ports = List(fields.GetValueOrDefault("ports")),
        DependsOn = fields.TryGetValue("depends_on", out var after) ? Names(after) : [],
        WaitsForHealth = fields.GetValueOrDefault("depends_on") is Dictionary<object, object> conditions
            ? [.. Map(conditions).Where(entry => (string)Map(entry.Value)["condition"] == "service_healthy").Select(entry => entry.Key)]
            : [],
        Aliases = Aliases(fields.GetValueOrDefault("networks")),
        Volumes = List(fields.GetValueOrDefault("volumes")),
        NetworkMode = (string?)fields.GetValueOrDefault("network_mode"),
        Dockerfile = fields.TryGetValue("build", out var build) ? (string)Map(build)["dockerfile"] : null,
    };

    // Of a list, or of a mapping from names to more.
    private static IReadOnlyList<string> Names(object value) => value is List<object> ? List(value) : [.. Map(value).Keys];

    private static IReadOnlyList<string> Aliases(object? networks) =>
        networks is null ? [] : [.. Map(networks).Values.SelectMany(network => List(Map(network).GetValueOrDefault("aliases")))];

    private static Dictionary<string, object> Map(object value) =>
        ((Dictionary<object, object>)value).ToDictionary(entry => (string)entry.Key, entry => entry.Value);

    private static IReadOnlyList<string> List(object? value) => value is null ? [] : [.. ((List<object>)value).Cast<string>()];
}
