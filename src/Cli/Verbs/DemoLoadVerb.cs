using System.CommandLine;
using Mesh.Cli.Load;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl demo-load</c>: the demo's calls through a sidecar that already runs, until told to stop.</summary>
internal static class DemoLoadVerb
{
    public static Command Build()
    {
        var outbound = new CliOption<HostPort>("--outbound", ValueKinds.ConnectAddress, "127.0.0.1:15001", "The sidecar's outbound port.");
        var rate = new CliOption<int>("--rate", ValueKinds.WholeNumber(1, 10_000), "50", "Calls a second, at most.");
        var verb = new Command("demo-load", "Calls the demo services through a sidecar until Ctrl-C.") { outbound.Symbol, rate.Symbol };
        verb.SetAction((parsed, cancellation) => new LoadRun(parsed.InvocationConfiguration.Output, TimeProvider.System)
            .RunAsync(outbound.Get(parsed).ToString(), rate.Get(parsed), cancellation));
        return verb;
    }
}
