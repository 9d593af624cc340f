using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Cli.Verbs;

namespace Mesh.Cli;

/// <summary>What is wrong with a command line, in one line as all programs of the mesh say it: the option first, then the fix. Pure.</summary>
internal static class UsageFault
{
    /// <param name="args">The command line.</param>
    /// <param name="parsed">What was understood of it.</param>
    /// <returns>Null if nothing is wrong.</returns>
    public static string? Of(IReadOnlyList<string> args, ParseResult parsed)
    {
        var fault = FlagWithValue(args, parsed.CommandResult)
            ?? (parsed.UnmatchedTokens is [var unknown, ..] ? Unknown(unknown, parsed.CommandResult.Command) : parsed.Errors is [var error, ..] ? Of(error) : null);
        return fault is null ? null : $"{fault} ({string.Join(' ', PathTo(parsed.CommandResult))} --help)";
    }

    public static string NoSuchOption(string token) => $"'{token}': there is no such option";

    // The library takes the value for an argument: a service by that name.
    private static string? FlagWithValue(IReadOnlyList<string> args, CommandResult command) => command.Command.Options.OfType<Flag>()
        .Where(flag => args.Any(arg => arg.StartsWith($"{flag.Name}=", StringComparison.Ordinal)))
        .Select(flag => $"{flag.Name}: takes no value")
        .FirstOrDefault();

    private static string Unknown(string token, Command verb)
    {
        var name = token.Split('=')[0];
        return !token.StartsWith('-') ? $"'{token}': there is no such verb or argument"
            : verb.Options.Any(option => option.Name == name) ? $"{name}: goes behind the verb, not before it"
            : NoSuchOption(token);
    }

    // The library's own sentences name neither the option as it is known nor what would be right; those of our validators do.
    private static string Of(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: ValueOption { Required: true } option, IdentifierTokenCount: 0 } => $"{option.Name}: is required: {option.Expectation}",
        OptionResult { Option: ValueOption option, Tokens.Count: 0, Implicit: false } => $"{option.Name}: lacks its value, {option.Expectation}",
        ArgumentResult { Argument: ValueArgument argument, Tokens.Count: 0 } => $"{argument.Name}: is required: {argument.Expectation}",
        _ => error.Message,
    };

    private static IEnumerable<string> PathTo(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. PathTo(parent), command.Command.Name] : ["meshctl"];
}
