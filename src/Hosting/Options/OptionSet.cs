using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Hosting;

/// <summary>
/// The options of one executable. Each is declared once and is then an option <c>--name</c>, an environment variable
/// <c>MESH_NAME</c> (the option wins; an empty variable counts as none) and a line of <c>--help</c>. Declare all, then
/// read once, on the main thread.
/// </summary>
public sealed class OptionSet
{
    /// <summary>The exit code of a process that was started wrongly.</summary>
    public const int UsageError = 2;

    private readonly Command _command;
    private readonly HelpOption _help = new() { Description = "Prints this." };
    private readonly Option<bool> _version = new("--version") { Description = "Prints the program's version." };
    private readonly List<Setting> _settings = [];

    /// <param name="executable">Its name, which begins every complaint: <c>mesh-sidecar</c>.</param>
    /// <param name="summary">What it does, in a sentence.</param>
    public OptionSet(string executable, string summary)
    {
        Executable = executable;
        string[] path = executable.Split(' ');
        _command = new Command(path[^1], summary) { _help, _version };
        // Help shows a verb's name behind the executable's.
        if (path is [var parent, _])
        {
            _ = new Command(parent) { _command };
        }
    }

    /// <summary>The executable's name.</summary>
    public string Executable { get; }

    /// <summary>Declares an option with one value.</summary>
    /// <param name="name">Without the hyphens: <c>lease-ttl</c>.</param>
    /// <param name="kind">What its value is.</param>
    /// <param name="defaultText">Its value if none is given, as a user would write it; null if there is none.</param>
    /// <param name="help">A sentence for --help, without the default.</param>
    /// <exception cref="ArgumentException">The default is ill-formed.</exception>
    public Setting<T> Add<T>(string name, ValueKind<T> kind, string? defaultText, string help)
    {
        if (defaultText is not null && !kind.TryParse(defaultText, out _))
        {
            throw new ArgumentException($"--{name}: its default '{defaultText}' is not {kind.Expectation}", nameof(defaultText));
        }

        var option = Option(name, kind.Placeholder, help + kind.Bounds(defaultText));
        return Keep(new SingleSetting<T>(option.Name, VariableOf(name), option, kind, defaultText, required: false));
    }

    /// <summary>Declares an option that may be given many times; its variable holds the values separated by commas.</summary>
    public Setting<IReadOnlyList<T>> AddRepeated<T>(string name, ValueKind<T> kind, string help)
    {
        var option = Option(name, kind.Placeholder, $"{help} May be repeated.");
        return Keep(new RepeatedSetting<T>(option.Name, VariableOf(name), option, kind));
    }

    /// <summary>Declares an option that is off unless it is there.</summary>
    public Setting<bool> AddFlag(string name, string help)
    {
        var option = Option(name, "true|false", $"{help} Default false.");
        return Keep(new FlagSetting(option.Name, VariableOf(name), option));
    }

    /// <summary>Declares the next positional argument, which must be given.</summary>
    /// <param name="name">As help shows it: <c>SERVICE</c>.</param>
    /// <param name="kind">What its value is.</param>
    /// <param name="help">A sentence for --help.</param>
    public Setting<T> AddArgument<T>(string name, ValueKind<T> kind, string help)
    {
        var argument = new Argument<string[]>(name)
        {
            HelpName = kind.Placeholder,
            Description = help,
            Arity = ArgumentArity.ExactlyOne,
        };
        _command.Arguments.Add(argument);
        return Keep(new SingleSetting<T>(name, null, argument, kind, null, required: true));
    }

    /// <summary>Names in --help something else that the executable does, which has options of its own.</summary>
    /// <param name="name">The first argument that asks for it.</param>
    /// <param name="summary">What it does, in a sentence.</param>
    public void AddVerb(string name, string summary) => _command.Subcommands.Add(new Command(name, summary));

    /// <summary>
    /// Reads the command line and the environment. False if the process is to end with <paramref name="exitCode"/>:
    /// after --help or --version (0), or after a fault (2), which is one line on stderr.
    /// </summary>
    public bool TryRead(string[] args, [NotNullWhen(true)] out OptionValues? values, out int exitCode) =>
        TryRead(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error, out values, out exitCode);

    /// <summary>The same with everything around the process given.</summary>
    public bool TryRead(
        string[] args,
        Func<string, string?> environment,
        TextWriter output,
        TextWriter errors,
        [NotNullWhen(true)] out OptionValues? values,
        out int exitCode)
    {
        values = null;
        // No @file, whose faults we could not place, and no "-abc": our options have long names only.
        var parsed = _command.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.GetResult(_help) is not null)
        {
            exitCode = parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors });
            return false;
        }

        if (parsed.GetResult(_version) is { Implicit: false } && parsed.UnmatchedTokens.Count == 0)
        {
            output.WriteLine(ProgramVersion.Line(Executable.Split(' ')[0]));
            exitCode = 0;
            return false;
        }

        var read = new OptionValues();
        var fault = UnknownArgument(parsed) ?? FirstFault(parsed, environment, read);
        if (fault is not null)
        {
            exitCode = Refuse(fault, errors);
            return false;
        }

        values = read;
        exitCode = 0;
        return true;
    }

    /// <summary>Says in one line on stderr why the process cannot run, and returns the exit code for that.</summary>
    /// <param name="setting">The option at fault.</param>
    /// <param name="fault">What is wrong with it and what would be right.</param>
    public int Refuse(Setting setting, string fault) => Refuse($"{setting.Name}: {fault}", Console.Error);

    private int Refuse(string fault, TextWriter errors)
    {
        errors.WriteLine($"{Executable}: {fault.ReplaceLineEndings(" ")}");
        errors.Flush();
        return UsageError;
    }

    private static string? UnknownArgument(ParseResult parsed) =>
        parsed.UnmatchedTokens is [var first, ..]
            ? first.StartsWith('-')
                ? $"{first.Split('=')[0]}: there is no such option; --help lists them"
                : $"'{first}': there is no such argument; --help lists what there is"
            : null;

    private string? FirstFault(ParseResult parsed, Func<string, string?> environment, OptionValues into)
    {
        foreach (var setting in _settings)
        {
            var fault = TokensOf(parsed, setting) is { } given
                ? setting.Read(setting.Name, given, false, into)
                : setting.Variable is { } variable && environment(variable) is { Length: > 0 } text
                ? setting.Read(variable, [text], true, into)
                : setting.Read(setting.Name, null, false, into);
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private static List<string>? TokensOf(ParseResult parsed, Setting setting) => parsed.GetResult(setting.Symbol) switch
    {
        OptionResult option => [.. option.Tokens.Select(token => token.Value)],
        ArgumentResult { Tokens.Count: > 0 } argument => [.. argument.Tokens.Select(token => token.Value)],
        _ => null,
    };

    private Option<string[]> Option(string name, string placeholder, string help)
    {
        var option = new Option<string[]>("--" + name)
        {
            HelpName = placeholder,
            Description = $"{help} ({VariableOf(name)})",
            // How many there may be is checked by the setting, so that all complaints read alike.
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        _command.Options.Add(option);
        return option;
    }

    private T Keep<T>(T setting)
        where T : Setting
    {
        _settings.Add(setting);
        return setting;
    }

    private static string VariableOf(string name) => "MESH_" + name.ToUpperInvariant().Replace('-', '_');
}
