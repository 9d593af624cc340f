using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Cli.Output;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>The options of the verbs that ask the control plane, and how they ask.</summary>
internal sealed class ControlPlaneOptions
{
    private readonly CliOption<Uri> _address =
        new("--control-plane", CliValueKinds.Url, "http://127.0.0.1:15010", "The control plane's API.");

    private readonly CliOption<OutputFormat> _format = new(
        "--output", ValueKinds.OneOf(("table", OutputFormat.Table), ("json", OutputFormat.Json)), "table", "How to show it.", "-o");

    public static ControlPlaneOptions On(Command verb)
    {
        var options = new ControlPlaneOptions();
        verb.Options.Add(options._address.Symbol);
        verb.Options.Add(options._format.Symbol);
        return options;
    }

    public OutputFormat Format(ParseResult parsed) => _format.Get(parsed);

    /// <summary>Opens a channel for what is to be asked, and closes it.</summary>
    /// <exception cref="CliException">The control plane cannot be reached.</exception>
    public async Task<int> AskAsync(ParseResult parsed, Func<GrpcChannel, Task> ask)
    {
        var address = _address.Get(parsed)!;
        using var channel = DirectChannel.To(address);
        try
        {
            await ask(channel);
            return 0;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
        {
            throw new CliException($"no control plane answers at {address.GetLeftPart(UriPartial.Authority)} (--control-plane URL names another): {error.Status.DebugException?.Message ?? error.Status.Detail}");
        }
    }
}
