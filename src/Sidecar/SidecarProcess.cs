using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Hosting;
using Mesh.Http2.Connections;
using Mesh.Http2.Transport;
using Mesh.Sidecar.Admin;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Http1;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Wire = Mesh.V1;

namespace Mesh.Sidecar;

/// <summary>
/// The sidecar from start to end: makes the rooms and joins them, announces what it serves, and drains them in order.
/// <see cref="RunAsync"/> runs once; the rest may be called from any thread.
/// </summary>
internal sealed class SidecarProcess : IDisposable
{
    /// <summary>What runs beside the loops ends when told; what does not is left behind with the process.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>After a defect, before the task that had it is tried again.</summary>
    private static readonly TimeSpan DefectPause = TimeSpan.FromSeconds(1);

    private readonly SidecarOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _told;
    private readonly Http2Options _http2 = new();
    private readonly List<DownstreamListener> _outbound = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _background = [];
    private readonly TaskCompletionSource _drainAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlPlaneChannels? _channels;
    private readonly Http1Server _http1;
    private readonly SidecarView _view;
    private SidecarTelemetry? _telemetry;
    private volatile bool _isReady;
    private string _binding = "";

    public SidecarProcess(SidecarOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Log = new SidecarLog(options.LogLevel);
        _told = Log.For("sidecar");
        Workers = [.. Enumerable.Range(0, options.Concurrency).Select(MakeWorker)];
        Directory = new ServiceDirectory(Workers, isWhole: options.StaticFile is not null, time);
        _http1 = new Http1Server(new Http1Forwarder(Directory, time), e => _told.LogCritical(e, "a defect of ours keeps HTTP/1.1 from being served"));
        if (options.App is { } app)
        {
            App = LocalApp.Cluster(options.Service!, app);
            Health = new HealthMonitor(options.Health, app, new Random(), time, Log.For("health"));
        }

        if (options.ControlPlane.Count > 0)
        {
            _channels = new ControlPlaneChannels(options.ControlPlane);
            ControlPlane = new ControlPlaneClient(
                HelloOf(options), options.Upstreams.Select(upstream => upstream.Key), _channels, Directory, new Random(), time, Log.For("discovery"));
        }

        _view = new SidecarView(options, Workers, Directory, App, ControlPlane, DownstreamViolations, UpstreamViolations, time);
    }

    public SidecarOptions Options => _options;

    public SidecarLog Log { get; }

    public IReadOnlyList<Worker> Workers { get; }

    /// <summary>What is known of the mesh.</summary>
    public ServiceDirectory Directory { get; }

    /// <summary>The app beside us; null for a pure client.</summary>
    public Cluster? App { get; }

    /// <summary>How the app stands; null for a pure client.</summary>
    public HealthMonitor? Health { get; }

    /// <summary>Null with a static file.</summary>
    public ControlPlaneClient? ControlPlane { get; }

    /// <summary>Null if nothing is registered: a pure client, or a static file. Set once the listeners are bound.</summary>
    public Registrar? Registrar { get; private set; }

    /// <summary>Null for a pure client. Set once the listeners are bound.</summary>
    public DownstreamListener? Inbound { get; private set; }

    /// <summary>The port for all, and those of single upstreams.</summary>
    public IReadOnlyList<DownstreamListener> Outbound => _outbound;

    /// <summary>What callers did against the protocol.</summary>
    public ViolationCounters DownstreamViolations { get; } = new();

    /// <summary>What endpoints did against the protocol.</summary>
    public ViolationCounters UpstreamViolations { get; } = new();

    /// <summary>It can serve: everything declared is known, and it does not drain.</summary>
    public bool IsReady => _isReady && !IsDraining;

    public bool IsDraining => _drainAsked.Task.IsCompleted;

    /// <summary>Begins the end, as the first SIGTERM does. A SIGTERM after it changes nothing, a second one ends at once.</summary>
    public void Drain() => _drainAsked.TrySetResult();

    /// <summary>Runs until it has drained.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Shutdown shutdown)
    {
        using var asked = shutdown.Drain.Register(Drain);
        if (_options.StaticFile is { } file && !StaticServices.TryLoad(file, Directory, out var faults))
        {
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync($"mesh-sidecar: --static: {fault}");
            }

            return OptionSet.UsageError;
        }

        using var telemetry = _telemetry = SidecarTelemetry.Start(_view, Log.For("telemetry"));
        await using var admin = new AdminServer(_options.Admin, _view, new AdminHooks(Readiness, DrainAsync), Log);
        try
        {
            Bind();
            _view.Listeners = Inbound is null ? _outbound : [.. _outbound, Inbound];
            _binding = $"admin {_options.Admin}";
            await admin.StartAsync();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"mesh-sidecar: {_binding}: {e.Message}");
            return 1;
        }

        Start();
        Announce.Listening("admin", admin.Local);
        _ = AnnounceReadyAsync();
        await _drainAsked.Task;
        await new SidecarDrain(Inbound, _outbound, Registrar, Workers, _options.DrainGrace, _time, Log.For("drain")).RunAsync();
        _drained.SetResult();
        await EndAsync();
        return 0;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _channels?.Dispose();
        Log.Dispose();
    }

    private void Bind()
    {
        _outbound.Add(Listen("outbound", _options.Outbound, new ByAuthority(Directory), Direction.Outbound, new HandOffFeature(null, null)));
        foreach (var (name, address) in _options.Upstreams)
        {
            var http1 = new HandOffFeature(Encoding.ASCII.GetBytes(name), null);
            _outbound.Add(Listen($"upstream/{name}", address, new ToService(name, Directory), Direction.Outbound, http1));
        }

        if (App is not null)
        {
            Inbound = Listen("inbound", _options.Inbound, new ToLocalApp(App), Direction.Inbound, new HandOffFeature(null, App));
        }
    }

    private DownstreamListener Listen(string name, HostPort address, Destination destination, Direction direction, HandOffFeature http1)
    {
        _binding = $"{name} {address}";
        address.TryGetEndPoint(out var local);
        return new DownstreamListener(
            name, local!, Workers, worker => Flow(worker, destination, direction), _http2, DownstreamViolations, socket => _http1.Serve(socket, http1));
    }

    private RequestFlow Flow(Worker worker, Destination destination, Direction direction) =>
        new(worker, destination, _telemetry!.For(worker, direction));

    /// <summary>The loops first, so that nobody who reads of a listener finds it deaf; the control plane in its own time.</summary>
    private void Start()
    {
        foreach (var worker in Workers)
        {
            worker.Loop.Start();
        }

        foreach (var listener in _view.Listeners)
        {
            Announce.Listening(listener.Name, listener.Local);
        }

        Run("the resolver", new AddressResolver(Destinations, _time).RunAsync);
        if (ControlPlane is not null)
        {
            Run("discovery", ControlPlane.RunAsync);
        }

        if (Health is not null)
        {
            Run("the health check", Health.RunAsync);
        }

        if (_channels is not null && Health is not null && Inbound is not null)
        {
            var address = _options.Advertise ?? new HostPort(Inbound.Local.Address.ToString(), Inbound.Local.Port);
            Registrar = new Registrar(_options, address, Health, _channels, new Random(), _time, Log.For("registration"));
            Run("registration", Registrar.RunAsync);
        }
    }

    /// <summary>
    /// Ready is who knows the way to everything declared. The app's health is not waited for: an app may itself wait for
    /// its sidecar, and whether it is called is the registration's business.
    /// </summary>
    private async Task AnnounceReadyAsync()
    {
        if (ControlPlane is not null)
        {
            await ControlPlane.Answered;
        }

        _isReady = true;
        Announce.Ready();
    }

    private (bool IsReady, string Reason) Readiness() =>
        (IsReady, IsReady ? "ready" : IsDraining ? "draining" : "waiting for the control plane's word on the declared upstreams");

    private Task DrainAsync()
    {
        Drain();
        return _drained.Task;
    }

    /// <summary>Runs something beside the loops for as long as the process lives.</summary>
    private void Run(string what, Func<CancellationToken, Task> run) => _background.Add(Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await run(_stop.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _told.LogCritical(e, "a defect of ours ends {What}; it begins again", what);
                await Task.Delay(DefectPause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }));

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _http1.DisposeAsync().AsTask().WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_background).WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var worker in Workers)
        {
            worker.Loop.Stop();
        }
    }

    private IEnumerable<Endpoint> Destinations() =>
        Directory.Current.Clusters.SelectMany(cluster => cluster.Endpoints).Concat(App?.Endpoints ?? []);

    private Worker MakeWorker(int index)
    {
        var loop = EventLoop.Create(_time, $"loop-{index}");
        loop.Fault = e => _told.LogCritical(e, "a defect of ours on {Loop}", loop.Name);
        var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        return new Worker(index, loop, seed, _http2, UpstreamViolations);
    }

    private static Wire.Hello HelloOf(SidecarOptions options) => new()
    {
        Service = options.Service ?? "",
        InstanceId = options.InstanceId,
        Locality = InstanceDescription.LocalityOf(options.Locality),
        SidecarVersion = typeof(SidecarProcess).Assembly.GetName().Version?.ToString(3) ?? "",
    };
}
