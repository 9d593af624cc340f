using System.CommandLine;

namespace Mesh.Hosting;

/// <summary>At most one value, or a default.</summary>
internal sealed class SingleSetting<T>(
    string name, string? variable, Symbol symbol, ValueKind<T> kind, string? defaultText, bool required)
    : Setting<T>(name, variable)
{
    internal override Symbol Symbol => symbol;

    internal override string? Read(string source, IReadOnlyList<string>? texts, bool fromVariable, OptionValues into)
    {
        if (texts is null)
        {
            if (required)
            {
                return $"{Name}: is required: {kind.Expectation}";
            }

            if (defaultText is null)
            {
                return null;
            }

            source = Name;
            texts = [defaultText];
        }
        else if (texts.Count == 0)
        {
            return $"{source}: lacks its value, {kind.Expectation}";
        }
        else
        {
            into.MarkGiven(this);
        }

        if (texts.Count > 1)
        {
            return $"{source}: is given more than once";
        }

        if (!kind.TryParse(texts[0], out var value))
        {
            return $"{source}: '{texts[0]}' is not {kind.Expectation}";
        }

        into.Set(this, value);
        return null;
    }
}
