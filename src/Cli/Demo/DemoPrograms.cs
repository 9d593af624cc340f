using System.Globalization;
using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>
/// Starts the mesh's programs with the options the demo gives them, and waits for them. Knows nothing of what becomes of
/// them. Any thread.
/// </summary>
internal sealed class DemoPrograms
{
    /// <summary>A bound on what hangs, not on what is slow: a dozen processes start at once, on a small and busy machine too.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly DemoSettings _settings;
    private readonly Action<ChildProcess> _isReady;
    private readonly string _controlPlane = Executables.Find("mesh-control-plane");
    private readonly string _sidecar = Executables.Find("mesh-sidecar");
    private readonly string _demo = Executables.Find("mesh-demo");
    private string _controlPlaneAddresses = "";
    private string _store = "memory";

    /// <param name="settings">What the demo was told.</param>
    /// <param name="isReady">Called with each process that has become ready, from any thread.</param>
    /// <exception cref="CliException">A program is not there.</exception>
    public DemoPrograms(DemoSettings settings, Action<ChildProcess> isReady) => (_settings, _isReady) = (settings, isReady);

    /// <summary>Whether there are events and queues: several control planes would each have others.</summary>
    public bool HasMessages => _settings.Replicas == 1;

    /// <summary>Where control planes keep what they know, from now on.</summary>
    public void Use(DemoEtcd etcd) => _store = etcd.Store;

    /// <summary>Starts a control plane and waits until it serves: all others are told its address.</summary>
    /// <param name="number">From 0.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ChildProcess> StartControlPlaneAsync(int number, CancellationToken cancellation)
    {
        var port = number == 0 ? _settings.ControlPlanePort : 0;
        string[] arguments =
        [
            "--grpc", $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
            "--store", _store,
            "--http", "127.0.0.1:0",
            "--lease-ttl", $"{DemoSettings.LeaseTtl.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s",
        ];
        var name = _settings.Replicas == 1 ? "control-plane" : $"control-plane-{(number + 1).ToString(CultureInfo.InvariantCulture)}";
        var child = ChildProcess.Start(name, _controlPlane, arguments, Variables("mesh-control-plane"));
        try
        {
            await ReadyAsync(child, cancellation);
            _controlPlaneAddresses += $"{(number == 0 ? "" : ",")}http://{child.Listener("grpc")}";
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <param name="plan">The instance it stands beside.</param>
    /// <param name="app">Where the service listens, or will.</param>
    public ChildProcess StartSidecar(InstancePlan plan, string app)
    {
        string[] own = ["--service", plan.Service, "--app", app, "--instance-id", plan.Name, "--inbound", "127.0.0.1:0", "--health", plan.Health];
        return StartSidecar(plan.Name, plan.Service, [.. own, .. plan.Calls.SelectMany(Upstream)]);
    }

    /// <summary>The sidecar of a pure client.</summary>
    public ChildProcess StartClientSidecar() =>
        StartSidecar(Topology.Client, Topology.Client, [.. Topology.ClientCalls.SelectMany(Upstream)]);

    /// <param name="plan">Which instance it is.</param>
    /// <param name="listen">Where it is to listen.</param>
    /// <param name="upstreams">Where it finds each service it calls, and events and queues under "messages".</param>
    public ChildProcess StartService(InstancePlan plan, string listen, IReadOnlyDictionary<string, string> upstreams)
    {
        var addresses = upstreams.Select(upstream =>
            KeyValuePair.Create($"{upstream.Key.ToUpperInvariant()}_ADDRESS", $"http://{upstream.Value}"));
        return ChildProcess.Start(
            $"{plan.Name}/service", _demo, [plan.Service, "--listen", listen, "--instance", plan.Name], [.. Variables(plan.Service), .. addresses]);
    }

    /// <summary>Waits until it is ready.</summary>
    /// <exception cref="ChildFailedException">It ended, or the time was up, before it was.</exception>
    public async Task ReadyAsync(ChildProcess child, CancellationToken cancellation)
    {
        await child.ReadyAsync(StartLimit, cancellation);
        _isReady(child);
    }

    private static string[] Upstream(string service) => ["--upstream", $"{service}=127.0.0.1:0"];

    private ChildProcess StartSidecar(string name, string service, string[] own)
    {
        string[] arguments =
        [
            "--control-plane", _controlPlaneAddresses,
            "--outbound", "127.0.0.1:0",
            "--admin", "127.0.0.1:0",
            // Whoever ends the demo does not want to wait.
            "--drain-grace", "2s",
            .. own,
        ];
        return ChildProcess.Start($"{name}/sidecar", _sidecar, arguments, Variables($"{service}-sidecar"));
    }

    // The shell's own MESH_ variables are meant for other processes than the demo's; an empty one counts as none.
    private Dictionary<string, string> Variables(string telemetryName)
    {
        var variables = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("MESH_", StringComparison.Ordinal) && name != "MESH_PARENT_PID")
            .ToDictionary(name => name, _ => "");
        variables["OTEL_SERVICE_NAME"] = telemetryName;
        if (_settings.Once)
        {
            // A process that lives for seconds pays for the profiles of its code and has nothing of them: a sixth of all CPU.
            variables["DOTNET_TieredPGO"] = "0";
        }

        if (_settings.Otlp is { } otlp)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp.ToString();
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";

            // The default, 2048 spans, overflows in the bursts that the fixed workload is made of.
            variables["OTEL_BSP_MAX_QUEUE_SIZE"] = "65536";
            if (_settings.Once)
            {
                variables["OTEL_TRACES_SAMPLER"] = "always_on";
            }
        }

        return variables;
    }
}
