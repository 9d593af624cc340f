using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>The options of the verbs that ask the control plane, and how they ask.</summary>
internal sealed class ControlPlaneOptions
{
    private readonly CliOption<Uri> _address =
        new("--control-plane", CliValueKinds.Url, "http://127.0.0.1:15010", "The control plane's API.");

    private readonly CliOption<OutputFormat> _format = new(
        "--output",
        ValueKinds.OneOf(("table", OutputFormat.Table), ("json", OutputFormat.Json), ("yaml", OutputFormat.Yaml)),
        "table",
        "How to show it.",
        "-o");

    private readonly CliOption<TimeSpan> _timeout = CliOptions.Timeout("10s", "How long the control plane's answer may take; of a watch, the first.");

    public static ControlPlaneOptions On(Command verb)
    {
        var options = new ControlPlaneOptions();
        verb.Options.Add(options._address.Symbol);
        verb.Options.Add(options._format.Symbol);
        verb.Options.Add(options._timeout.Symbol);
        return options;
    }

    public Uri Address(ParseResult parsed) => _address.Get(parsed)!;

    public OutputFormat Format(ParseResult parsed) => _format.Get(parsed);

    /// <summary>Opens a channel for what is to be asked, and closes it.</summary>
    /// <returns>0.</returns>
    /// <exception cref="CliException">The control plane cannot be reached, does not answer in time, or refuses.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended it.</exception>
    public async Task<int> AskAsync(ParseResult parsed, Func<Conversation, Task> ask, CancellationToken cancellation)
    {
        var address = _address.Get(parsed)!;
        var timeout = _timeout.Get(parsed);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var channel = DirectChannel.To(address);
        limit.CancelAfter(timeout);
        try
        {
            await ask(new Conversation(channel, limit));
            return 0;
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException && limit.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
            throw ControlPlaneFault.Silent(address, timeout);
        }
        catch (RpcException error)
        {
            throw ControlPlaneFault.Of(error, address);
        }
    }
}
