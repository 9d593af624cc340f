using System.CommandLine;

namespace Mesh.Cli.Verbs;

/// <summary>An option of which it is known what its value is, for those who leave it out.</summary>
internal sealed class ValueOption : Option<string[]>
{
    /// <param name="name">With its hyphens.</param>
    /// <param name="placeholder">How help names a value.</param>
    /// <param name="expectation">What a value is, completing "lacks its value, …".</param>
    /// <param name="aliases">Short forms, such as <c>-o</c>.</param>
    public ValueOption(string name, string placeholder, string expectation, params string[] aliases)
        : base(name, aliases)
    {
        HelpName = placeholder;
        Expectation = expectation;
        if (placeholder.Contains('|', StringComparison.Ordinal))
        {
            CompletionSources.Add(placeholder.Split('|'));
        }

        // How many there may be is checked here, as the library says it in its own way.
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        Validators.Add(result =>
        {
            if (!IsRepeatable && result.Tokens.Count > 1)
            {
                result.AddError($"{Name}: is given more than once");
            }
        });
    }

    public bool IsRepeatable { get; init; }

    public string Expectation { get; }
}
