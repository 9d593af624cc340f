using System.CommandLine;
using Mesh.Cli.Demo;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl demo</c>: the whole mesh on this machine, with calls through it.</summary>
internal static class DemoVerb
{
    public static Command Build()
    {
        var once = new Flag("--once", "Run a fixed workload, check what is to be seen, exit 0 only if all of it was.");
        var otlp = new CliOption<Uri>("--otlp", CliValueKinds.Url, null, "Where all processes export traces and metrics: OTLP over gRPC.");
        var port = new CliOption<int>("--control-plane-port", ValueKinds.WholeNumber(0, 65535), "0", "The port of the control plane's API on 127.0.0.1; 0 is a free one.");
        var rate = new CliOption<int>("--rate", ValueKinds.WholeNumber(1, 10_000), "200", "Calls a second, at most, of the live demo.");
        var replicas = new CliOption<int>("--replicas", ValueKinds.WholeNumber(1, 9), "1", "Control planes; several share an etcd, which has to be installed (Debian: etcd-server).");
        var xdsClient = new Flag("--xds-client", "Have a client without a sidecar call as well: gRPC for Python (Debian: python3-grpcio), left out where there is none.");
        var verb = new Command("demo", "Starts the mesh with its demo services and calls them until Ctrl-C.") { once, otlp.Symbol, port.Symbol, rate.Symbol, replicas.Symbol, xdsClient };
        verb.SetAction((parsed, cancellation) =>
        {
            var settings = new DemoSettings
            {
                Once = parsed.GetValue(once),
                Otlp = otlp.Get(parsed),
                ControlPlanePort = port.Get(parsed),
                Rate = rate.Get(parsed),
                Replicas = replicas.Get(parsed),
                XdsClient = parsed.GetValue(xdsClient),
            };
            var output = parsed.InvocationConfiguration.Output;
            return settings.Once
                ? new OnceRun(settings, output, TimeProvider.System).RunAsync(cancellation)
                : new LiveRun(settings, output, TimeProvider.System).RunAsync(cancellation);
        });
        return verb;
    }
}
