using System.CommandLine;

namespace Mesh.Cli.Verbs;

/// <summary>
/// <c>meshctl completion bash|zsh|fish</c>: what a shell reads to complete our command lines. The shell asks <c>meshctl</c> itself, by the directive
/// <c>[suggest:POSITION]</c>, so that what it offers is what there is.
/// </summary>
internal static class CompletionVerb
{
    /// <summary>Begins the argument by which a shell asks.</summary>
    public const string Directive = "[suggest";

    private const string Bash = """
        # source <(meshctl completion bash)
        _meshctl() {
            local IFS=$'\n'
            COMPREPLY=($(meshctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _meshctl meshctl
        """;

    private const string Zsh = """
        #compdef meshctl
        # source <(meshctl completion zsh), after compinit
        _meshctl() {
            local -a found
            found=("${(@f)$(meshctl "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            if [[ -n "${found[1]}" ]]; then compadd -- "${found[@]}"; else _files; fi
        }
        compdef _meshctl meshctl
        """;

    private const string Fish = """
        # meshctl completion fish | source
        complete -c meshctl -a '(meshctl "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Build() => new("completion", "Prints what a shell reads to complete meshctl's command lines: source <(meshctl completion bash).")
    {
        Of("bash", Bash), Of("zsh", Zsh), Of("fish", Fish),
    };

    private static Command Of(string shell, string script)
    {
        var verb = new Command(shell, $"For {shell}.");
        verb.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(script));
        return verb;
    }
}
