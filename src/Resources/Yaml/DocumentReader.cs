using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Resources.Yaml;

/// <summary>
/// Reads text into trees of nodes, one per document. Hostile text is bounded: its size, the depth and number of nodes; and
/// there are no aliases, with which a few lines can stand for gigabytes.
/// </summary>
internal sealed class DocumentReader
{
    // Generous for people (a thousand routes are some 200 KB), harmless for memory.
    private const int MaxCharacters = 4 * 1024 * 1024;
    private const int MaxNodes = 200_000;

    // The deepest message nests to about ten; the reader recurses, so the stack needs a bound.
    private const int MaxDepth = 64;

    private readonly Parser _parser;
    private int _nodes;

    private DocumentReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>Where the last thing ended that could be read.</summary>
    private Mark End => _parser.Current?.End ?? Mark.Empty;

    /// <summary>The documents' roots; empty documents are left out. Stops at the first fault, which it adds.</summary>
    public static List<YamlNode> ReadAll(string text, FaultList faults)
    {
        List<YamlNode> roots = [];
        if (text.Length > MaxCharacters)
        {
            faults.Add(1, 1, "", $"{text.Length} characters are too many; at most {MaxCharacters} are read");
            return roots;
        }

        if (ControlCharacterIn(text) is { } at)
        {
            var line = text.AsSpan(0, at).Count('\n') + 1;
            var column = at - text.AsSpan(0, at).LastIndexOf('\n');
            faults.Add(line, column, "", $"the control character U+{(int)text[at]:X4} is not accepted; leave it out");
            return roots;
        }

        // YamlDotNet reports malformed text by exceptions; ours take the same way out of the recursion.
        var reader = new DocumentReader(text);
        try
        {
            reader.ReadDocuments(roots);
        }
        catch (UnacceptableYamlException e)
        {
            faults.Add(e.Line, e.Column, "", e.Message);
        }
        catch (YamlException e)
        {
            // Of some faults the parser does not say where they are.
            var place = e.Start.Index > 0 ? e.Start : reader.End;
            if (e.Message.Contains(" tab ", StringComparison.Ordinal) && TabIndenting(text, reader.End.Line) is var (line, column))
            {
                faults.Add(line, column, "", "malformed YAML: a tab indents this line; indent with spaces");
            }
            else
            {
                faults.Add(place.Line, place.Column, "", $"malformed YAML: {OneLine(e.Message)}");
            }
        }
        catch (Exception)
        {
            // Some malformed texts end in the parser's own assertions ("...\n &a": InvalidOperationException).
            faults.Add(reader.End.Line, reader.End.Column, "", "malformed YAML: what follows here cannot be read");
        }

        return roots;
    }

    // The first tab among the blanks that a line begins with, from a line on.
    private static (long Line, long Column)? TabIndenting(string text, long from)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var indentation = line[..^line.TrimStart(" \t").Length];
            if (++number >= from && indentation.IndexOf('\t') is >= 0 and var at)
            {
                return (number, at + 1);
            }
        }

        return null;
    }

    // Not part of YAML (1.2, section 5.1), but the parser lets them through, and takes U+0000 for the end of the text:
    // what follows would be ignored without a word.
    private static int? ControlCharacterIn(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (< ' ' and not ('\t' or '\n' or '\r')) or '\u007f')
            {
                return i;
            }
        }

        return null;
    }

    private void ReadDocuments(List<YamlNode> roots)
    {
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            var root = ReadNode(0);
            _parser.Consume<DocumentEnd>();
            if (root is not YamlScalar scalar || !CoreSchema.IsNull(scalar))
            {
                roots.Add(root);
            }
        }
    }

    private YamlNode ReadNode(int depth)
    {
        var start = _parser.Current!.Start;
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            throw new UnacceptableYamlException(start, $"the alias *{alias.Value} is not accepted; write the value out");
        }

        if (_parser.Current is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            throw new UnacceptableYamlException(start, $"the anchor &{anchored.Anchor.Value} is not accepted; leave it out");
        }

        if (_parser.Current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } tag })
        {
            throw new UnacceptableYamlException(start, $"the tag {tag.Value} is not accepted; leave it out");
        }

        if (depth > MaxDepth)
        {
            throw new UnacceptableYamlException(start, $"nested too deeply; at most {MaxDepth} levels are read");
        }

        if (++_nodes > MaxNodes)
        {
            throw new UnacceptableYamlException(start, $"too many values; at most {MaxNodes} are read");
        }

        return _parser.Current switch
        {
            SequenceStart => ReadSequence(depth),
            MappingStart => ReadMapping(depth),
            _ => ReadScalar(),
        };
    }

    private YamlScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        return new YamlScalar(
            scalar.Value, scalar.Style == ScalarStyle.Plain, scalar.Start.Line, scalar.Start.Column);
    }

    private YamlSequence ReadSequence(int depth)
    {
        var start = _parser.Consume<SequenceStart>().Start;
        List<YamlNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlSequence(items, start.Line, start.Column);
    }

    private YamlMapping ReadMapping(int depth)
    {
        var start = _parser.Consume<MappingStart>().Start;
        List<(YamlScalar, YamlNode)> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            if (key is not YamlScalar name)
            {
                throw new UnacceptableYamlException(
                    key.Line, key.Column, "a key is a list or a mapping; a field's name is expected");
            }

            entries.Add((name, ReadNode(depth + 1)));
        }

        return new YamlMapping(entries, start.Line, start.Column);
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');

    private sealed class UnacceptableYamlException(long line, long column, string message) : Exception(message)
    {
        public UnacceptableYamlException(Mark mark, string message)
            : this(mark.Line, mark.Column, message)
        {
        }

        public long Line => line;

        public long Column => column;
    }
}
