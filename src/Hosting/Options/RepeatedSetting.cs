using System.CommandLine;

namespace Mesh.Hosting;

/// <summary>Any number of values, in the order given; none by default.</summary>
internal sealed class RepeatedSetting<T>(string name, string variable, Symbol symbol, ValueKind<T> kind)
    : Setting<IReadOnlyList<T>>(name, variable)
{
    internal override Symbol Symbol => symbol;

    internal override string? Read(string source, IReadOnlyList<string>? texts, bool fromVariable, OptionValues into)
    {
        var values = new List<T>();
        into.Set<IReadOnlyList<T>>(this, values);
        if (texts is null)
        {
            return null;
        }

        into.MarkGiven(this);
        if (fromVariable)
        {
            texts = texts[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }
        else if (texts.Count == 0)
        {
            return $"{source}: lacks its value, {kind.Expectation}";
        }

        foreach (var text in texts)
        {
            if (!kind.TryParse(text, out var value))
            {
                return $"{source}: '{text}' is not {kind.Expectation}";
            }

            values.Add(value);
        }

        return null;
    }
}
