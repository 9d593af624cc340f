using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl watch [SERVICE…]</c>: the registry as it stands, then every change, until Ctrl-C.</summary>
internal static class WatchVerb
{
    public static Command Build()
    {
        var services = ValueArgument.Services(ArgumentArity.ZeroOrMore);
        services.Description = "Only these; none means all.";
        var verb = new Command("watch", "Shows the registry, then its changes as they happen.") { services };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var request = new WatchRequest { Services = { services.Get(parsed) } };
            try
            {
                var assembly = new SnapshotAssembly();
                using var call = new Registry.RegistryClient(talk.Channel).Watch(request, cancellationToken: talk.Cancellation);
                await foreach (var response in call.ResponseStream.ReadAllAsync(talk.Cancellation))
                {
                    if (response.Snapshot is not { More: true })
                    {
                        talk.HasAnswered();
                    }

                    Write(output, options.Format(parsed), response, assembly);
                    await output.FlushAsync(cancellation);
                }
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException && cancellation.IsCancellationRequested)
            {
                // Ctrl-C is how a watch ends.
            }
        }, cancellation));
        return verb;
    }

    private static void Write(TextWriter output, OutputFormat format, WatchResponse response, SnapshotAssembly assembly)
    {
        if (Messages.TryWrite(output, format, response))
        {
            return;
        }

        if (response.Snapshot is { } part)
        {
            if (assembly.Add(part) is { } snapshot)
            {
                output.WriteLine($"revision {snapshot.Revision}");
                RegistryTables.WriteInstances(output, snapshot.Instances);
            }
        }
        else if (response.Change is { } change)
        {
            var instance = change.Instance;
            output.WriteLine(PrintableText.Of(
                $"{change.Revision} {change.Kind.ToString().ToUpperInvariant()} {instance.Service} {instance.Id} {RegistryTables.Address(instance)} {RegistryTables.Name(instance.Status)}: {change.Reason}"));
        }
    }
}
