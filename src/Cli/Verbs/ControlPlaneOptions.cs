using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Cli.Output;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>The options of the verbs that ask the control plane, and how they ask.</summary>
internal sealed class ControlPlaneOptions
{
    private readonly Option<Uri> _address =
        CliOption.Create("--control-plane", CliValueKinds.Url, "http://127.0.0.1:15010", "The control plane's API.");

    private readonly Option<OutputFormat> _format = CliOption.Create(
        "--output", ValueKinds.OneOf(("table", OutputFormat.Table), ("json", OutputFormat.Json)), "table", "How to show it.");

    private ControlPlaneOptions() => _format.Aliases.Add("-o");

    public static ControlPlaneOptions On(Command verb)
    {
        var options = new ControlPlaneOptions();
        verb.Options.Add(options._address);
        verb.Options.Add(options._format);
        return options;
    }

    public OutputFormat Format(ParseResult parsed) => parsed.GetValue(_format);

    /// <summary>Opens a channel for what is to be asked, and closes it.</summary>
    /// <exception cref="CliException">The control plane cannot be reached.</exception>
    public async Task<int> AskAsync(ParseResult parsed, Func<GrpcChannel, Task> ask)
    {
        var address = parsed.GetValue(_address)!;
        using var channel = GrpcChannel.ForAddress(address);
        try
        {
            await ask(channel);
            return 0;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
        {
            throw new CliException($"no control plane answers at {address} (--control-plane URL names another): {error.Status.Detail}");
        }
    }
}
