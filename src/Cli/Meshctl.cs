using System.CommandLine;
using System.CommandLine.Help;
using Grpc.Core;
using Mesh.Cli.Processes;
using Mesh.Cli.Verbs;
using Mesh.Cli.Verbs.Messaging;
using Mesh.Cli.Verbs.Xds;

namespace Mesh.Cli;

/// <summary>The command line: one verb a file. 0 is success, 1 a failure, 2 a wrong use; a fault is one line on stderr.</summary>
internal static class Meshctl
{
    private const int Failure = 1;
    private const int UsageError = 2;

    /// <summary>What is quoted in it may be as long as a peer likes.</summary>
    private const int LongestFault = 2000;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellation)
    {
        // Whoever says nothing wants to know what there is to say.
        var parsed = Build().Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (!IsHelp(args) && !IsSuggestion(args) && UsageFault.Of(args, parsed) is { } misuse)
        {
            await errors.WriteLineAsync($"meshctl: {PrintableText.Of(misuse, LongestFault)}");
            return UsageError;
        }

        try
        {
            // The end is the caller's to say: the verbs clean up behind themselves.
            var invocation = new InvocationConfiguration
            {
                Output = output,
                Error = errors,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Failure;
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            return Failure;
        }
        catch (Exception error) when (error is CliException or ChildFailedException or RpcException)
        {
            // One line a fault; only what a file says can be wrong in many places at once.
            var faults = error is RpcException rpc ? PrintableText.Of($"{rpc.StatusCode}: {rpc.Status.Detail}") : error.Message;
            foreach (var fault in faults.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await errors.WriteLineAsync($"meshctl: {PrintableText.Of(fault.TrimEnd(), LongestFault)}");
            }

            if (error is ChildFailedException failed)
            {
                foreach (var line in failed.Child.Tail.TakeLast(10))
                {
                    await errors.WriteLineAsync($"    {PrintableText.Of(line)}");
                }
            }

            return Failure;
        }
    }

    private static RootCommand Build()
    {
        var root = Verbs();
        var version = root.Options.OfType<VersionOption>().Single();
        version.Action = new PrintVersion();
        version.Description = "Prints the program's version.";
        root.Options.OfType<HelpOption>().Single().Description = "Prints this.";
        return root;
    }

    private static RootCommand Verbs() => new("Shows and steers the mesh.")
    {
        ListVerb.Build(),
        GetVerb.Build(),
        ValidateVerb.Build(),
        DiffVerb.Build(),
        ApplyVerb.Build(),
        HistoryVerb.Build(),
        RollbackVerb.Build(),
        RolloutVerb.Build(),
        DeleteVerb.Build(),
        TokenVerb.Build(),
        CertsVerb.Build(),
        AuthzVerb.Build(),
        TrustVerb.Build(),
        ImportVerb.Build(),
        WatchVerb.Build(),
        EventsVerb.Build(),
        QueuesVerb.Build(),
        WhyVerb.Build(),
        StreamsVerb.Build(),
        DemoVerb.Build(),
        DemoLoadVerb.Build(),
        ProbeVerb.Build(),
        XdsVerb.Build(),
        CompletionVerb.Build(),
    };

    /// <summary>A shell asks what may come next of a line that is not whole.</summary>
    private static bool IsSuggestion(string[] args) => args is [var first, ..] && first.StartsWith(CompletionVerb.Directive, StringComparison.Ordinal);

    private static bool IsHelp(string[] args) => args.Any(arg => arg is "--help" or "-h" or "-?");
}
