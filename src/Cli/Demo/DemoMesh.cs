using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>
/// The whole mesh of the demo as processes, from start to end. Dispose ends them all, in good order as far as they
/// let it. One caller at a time.
/// </summary>
internal sealed class DemoMesh : IAsyncDisposable
{
    /// <summary>For spans and metrics to be flushed, and calls to finish.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly DemoPrograms _programs;
    private readonly Dictionary<InstancePlan, MeshInstance> _instances = [];
    private readonly List<ChildProcess> _controlPlanes = [];
    private DemoEtcd? _etcd;
    private ChildProcess? _client;

    private DemoMesh(DemoPrograms programs) => _programs = programs;

    /// <summary>Where the control plane's API is.</summary>
    public Uri ControlPlane => new($"http://{_controlPlanes[0].Listener("grpc")}");

    /// <summary>Where the load client reaches every service.</summary>
    public string Outbound => _client!.Listener("outbound");

    /// <summary>Every process that runs or ran, for its log.</summary>
    public IEnumerable<ChildProcess> Processes =>
        _controlPlanes.Concat(new[] { _etcd?.Process, _client }.OfType<ChildProcess>())
            .Concat(_instances.Values.SelectMany(instance => new[] { instance.Sidecar, instance.Service }));

    /// <summary>Starts the control plane, then all the rest at once. All processes are ready when it returns.</summary>
    /// <param name="settings">What the demo was told.</param>
    /// <param name="output">Where each process is named once it is ready.</param>
    /// <param name="cancellation">Ends the wait, and what has been started.</param>
    /// <exception cref="ChildFailedException">One did not start; the others have been ended.</exception>
    public static async Task<DemoMesh> StartAsync(DemoSettings settings, TextWriter output, CancellationToken cancellation)
    {
        var ready = 0;
        var all = Topology.Processes + settings.Replicas - 1;
        var what = settings.Replicas == 1 ? "the control plane" : $"{settings.Replicas} control planes on an etcd";
        output.WriteLine($"starting {all} processes: {what}, the services, a sidecar for each and for the load");
        var mesh = new DemoMesh(new DemoPrograms(settings, Told));
        try
        {
            if (settings.Replicas > 1)
            {
                mesh._etcd = await DemoEtcd.StartAsync(TimeProvider.System, cancellation);
                mesh._programs.Use(mesh._etcd);
            }

            for (var i = 0; i < settings.Replicas; i++)
            {
                mesh._controlPlanes.Add(await mesh._programs.StartControlPlaneAsync(i, cancellation));
            }

            mesh._client = mesh._programs.StartClientSidecar();
            var starts = Topology.Instances.Select(plan => mesh.StartAsync(plan, cancellation)).ToList();
            await Task.WhenAll([.. starts, mesh._programs.ReadyAsync(mesh._client, cancellation)]);
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }

        // Beyond those of the start: what is started again has news of its own.
        void Told(ChildProcess process)
        {
            if (Interlocked.Increment(ref ready) is var number && number <= all)
            {
                output.WriteLine($"  {number,2} of {all} ready: {process.Name}");
                output.Flush();
            }
        }
    }

    /// <summary>Starts an instance of the topology that does not run.</summary>
    public async Task StartAsync(InstancePlan plan, CancellationToken cancellation)
    {
        var instance = await MeshInstance.StartAsync(plan, _programs, cancellation);
        MeshInstance? former;
        lock (_instances)
        {
            _instances.Remove(plan, out former);
            _instances.Add(plan, instance);
        }

        if (former is not null)
        {
            await former.DisposeAsync();
        }
    }

    /// <summary>Kills an instance, its sidecar included, with no chance to say goodbye.</summary>
    public Task KillAsync(InstancePlan plan) => _instances[plan].KillAsync();

    /// <summary>Kills the last of several control planes.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> KillControlPlaneAsync()
    {
        await _controlPlanes[^1].KillAsync();
        return _controlPlanes[^1].Name;
    }

    /// <summary>The admin addresses of the running sidecars, with the name of who calls through each.</summary>
    public IReadOnlyList<(string Caller, Uri Admin)> Sidecars()
    {
        lock (_instances)
        {
            return
            [
                (Topology.Client, AdminOf(_client!)),
                .. _instances.Values.Where(instance => !instance.Sidecar.HasExited)
                    .Select(instance => (instance.Plan.Service, AdminOf(instance.Sidecar))),
            ];
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The control plane last, for the others say goodbye to it.
        await End([.. Processes.Where(process => !_controlPlanes.Contains(process) && process != _etcd?.Process)]);
        await End(_controlPlanes);
        if (_etcd is not null)
        {
            await _etcd.DisposeAsync();
        }
    }

    private static Uri AdminOf(ChildProcess sidecar) => new($"http://{sidecar.Listener("admin")}");

    private static async Task End(IReadOnlyList<ChildProcess> processes)
    {
        foreach (var process in processes)
        {
            process.Terminate();
        }

        await Task.WhenAll(processes.Select(process => process.ExitAsync(EndLimit)));
        foreach (var process in processes)
        {
            await process.DisposeAsync();
        }
    }
}
