namespace Mesh.Resources.Yaml;

/// <summary>Collects what is wrong with one text, a line each, up to a bound: a file of the wrong kind has thousands.</summary>
internal sealed class FaultList(string sourceName)
{
    private const int MaxFaults = 50;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Adds "FILE:LINE:COLUMN: path: what is wrong; what would be right".</summary>
    public void Add(YamlNode node, string path, string what) => Add(node.Line, node.Column, path, what);

    public void Add(long line, long column, string path, string what)
    {
        if (_lines.Count < MaxFaults)
        {
            _lines.Add($"{sourceName}:{line}:{column}: {(path.Length == 0 ? "" : path + ": ")}{what}");
        }
        else if (_lines.Count == MaxFaults)
        {
            _lines.Add($"{sourceName}:{line}:{column}: and more; only the first {MaxFaults} are listed");
        }
    }
}
