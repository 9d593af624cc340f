using Google.Protobuf;
using Mesh.Resources.Validation;

namespace Mesh.Resources.Yaml;

/// <summary>Collects what is wrong with one text, a line each, up to a bound: a file of the wrong kind has thousands.</summary>
internal sealed class FaultList(string sourceName)
{
    private const int MaxFaults = 50;

    // Names and values of the text are quoted in the lines, whatever their length.
    private const int MaxPath = 200;
    private const int MaxWhat = 1000;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Whether further faults are dropped; there is no use in looking for them.</summary>
    public bool IsFull => _lines.Count > MaxFaults;

    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Adds "FILE:LINE:COLUMN: path: what is wrong; what would be right".</summary>
    public void Add(YamlNode node, string path, string what) => Add(node.Line, node.Column, path, what);

    /// <summary>Adds what was found wrong with a message, each at the place of its field in the document it was read from.</summary>
    public void Add(YamlNode document, IMessage message, IEnumerable<Finding> findings)
    {
        foreach (var (path, what) in findings)
        {
            Add(FieldPlace.Of(document, message.Descriptor, path), path, what);
        }
    }

    /// <summary>"FILE:LINE:COLUMN".</summary>
    public string PlaceOf(YamlNode node) => PlaceOf(node.Line, node.Column);

    public void Add(long line, long column, string path, string what)
    {
        if (_lines.Count < MaxFaults)
        {
            _lines.Add($"{PlaceOf(line, column)}: {(path.Length == 0 ? "" : Clean(path, MaxPath) + ": ")}{Clean(what, MaxWhat)}");
        }
        else if (_lines.Count == MaxFaults)
        {
            _lines.Add($"{PlaceOf(line, column)}: and more; only the first {MaxFaults} are listed");
        }
    }

    private string PlaceOf(long line, long column) => $"{sourceName}:{line}:{column}";

    // One line stays one line: a quoted key may hold line feeds.
    private static string Clean(string text, int longest)
        => PrintableText.Of(text, longest);
}
