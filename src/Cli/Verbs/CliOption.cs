using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>
/// An option as all programs of the mesh have it: its value may come from a variable as well, and an ill-formed one is
/// answered with what would be right.
/// </summary>
internal sealed class CliOption<T>
{
    private readonly ValueKind<T> _kind;
    private readonly string _variable;

    /// <param name="name">With its hyphens; its variable is <c>MESH_</c> and the name in capitals.</param>
    /// <param name="kind">What its value is.</param>
    /// <param name="defaultText">Its value if none is given; null if there is none.</param>
    /// <param name="help">A sentence for --help, without the default.</param>
    /// <param name="alias">A short form, such as <c>-o</c>.</param>
    public CliOption(string name, ValueKind<T> kind, string? defaultText, string help, params string[] alias)
    {
        _kind = kind;
        _variable = "MESH_" + name.TrimStart('-').ToUpperInvariant().Replace('-', '_');
        Symbol = new ValueOption(name, kind.Placeholder, kind.Expectation, alias) { Description = $"{help}{kind.Bounds(null)} ({_variable})" };
        if (Given is { Length: > 0 } || defaultText is not null)
        {
            Symbol.DefaultValueFactory = _ => [Given is { Length: > 0 } given ? given : defaultText!];
        }

        Symbol.Validators.Add(Validate);
    }

    /// <summary>To add to a verb.</summary>
    public ValueOption Symbol { get; }

    private string? Given => Environment.GetEnvironmentVariable(_variable);

    /// <summary>The value; the type's own default if there is none.</summary>
    public T? Get(ParseResult parsed) =>
        parsed.GetValue(Symbol) is [var text] && _kind.TryParse(text, out var value) ? value : default;

    /// <summary>Whether there is a value, its default included.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(Symbol) is [_];

    private void Validate(OptionResult result)
    {
        if (result.GetValueOrDefault<string[]>() is [var text] && !_kind.TryParse(text, out _))
        {
            result.AddError($"{(result.Implicit ? _variable : Symbol.Name)}: '{text}' is not {_kind.Expectation}");
        }
    }
}
