using System.CommandLine;

namespace Mesh.Cli.Verbs;

/// <summary>An argument of which it is known what its value is, for those who leave it out. What looks like an option is none of its values.</summary>
internal sealed class ValueArgument : Argument<string[]>
{
    /// <param name="name">As help names it.</param>
    /// <param name="expectation">What a value is, completing "is required: …".</param>
    /// <param name="arity">How many there may be.</param>
    public ValueArgument(string name, string expectation, ArgumentArity arity)
        : base(name)
    {
        Expectation = expectation;
        Arity = arity;
        // The library's own reads no single value into an array.
        CustomParser = result => [.. result.Tokens.Select(token => token.Value)];
        Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-') && token.Value != "-") is { } unknown)
            {
                result.AddError(UsageFault.NoSuchOption(unknown.Value));
            }
        });
    }

    /// <summary>One or more names of services.</summary>
    public static ValueArgument Services(ArgumentArity arity) => new("SERVICE", "a service's name (for example orders)", arity);

    public string Expectation { get; }

    /// <summary>All that were given; none if none was.</summary>
    public IReadOnlyList<string> Get(ParseResult parsed) => [.. parsed.GetResult(this)?.Tokens.Select(token => token.Value) ?? []];
}
