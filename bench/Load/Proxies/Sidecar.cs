using System.Globalization;
using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>
/// The sidecar with its whole request path on: a route, peak EWMA, breaker, retry by code with its budget, a deadline,
/// metrics, and traces of which 1 % are sampled and exported. The access log is off.
/// </summary>
/// <param name="path">Its executable.</param>
/// <param name="loops">Event loops.</param>
/// <param name="topology">What its file of services says; by default one service with one endpoint.</param>
/// <param name="name">In the report.</param>
internal sealed class Sidecar(string path, int loops = 1, Topology? topology = null, string name = ProxyCatalog.Sidecar) : Proxy
{
    public override string Name => name;

    public override string? Missing => File.Exists(path) ? null : $"there is no {path}; build src/Sidecar, or give --sidecar PATH";

    /// <summary>A native build need not be warmed up, but nothing is lost by it.</summary>
    public override bool IsJitted => true;

    public override Task<string> VersionAsync()
    {
        var shown = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Task.FromResult(File.Exists(path + ".dll") ? $"{shown}, .NET {Environment.Version}" : $"{shown}, native");
    }

    /// <summary>Of two in a row the second takes the calls to a service, with what the sidecar does there: nothing of policy.</summary>
    protected override async Task<RunningProxy> StartOneAsync(ProxySetting setting)
    {
        var port = FreePort.Find();
        var file = await setting.WriteAsync($"sidecar-{port}.yaml", (topology ?? Topology.Single).ToYaml(setting.Backend, setting.MakesTls ? BenchIdentity.Id : null));
        var child = await ChildProcess.StartAsync(
            Name,
            setting.Pinning.Proxy(
            [
                path, "--static", file, "--admin", "127.0.0.1:0",
                .. setting.IsSecond ? Inbound(setting.Backend, port) : ["--outbound", $"127.0.0.1:{port}"],
                .. setting.Identity is { } identity ? (string[])["--tls-cert", identity.Certificate, "--tls-key", identity.Key, "--tls-ca", identity.Anchors] : [],
                "--concurrency", loops.ToString(CultureInfo.InvariantCulture), "--access-log", "off",
            ]),
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{setting.Collector}",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = "0.01",
            });
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }

    private static string[] Inbound(IPEndPoint app, int port) =>
        ["--service", "echo", "--app", app.ToString(), "--health", "none", "--inbound", $"127.0.0.1:{port}", "--outbound", "127.0.0.1:0"];
}
