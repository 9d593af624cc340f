namespace Mesh.Cli.Metrics;

/// <summary>One line of a metrics page.</summary>
internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>The label's value, or nothing if it is not there.</summary>
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}
