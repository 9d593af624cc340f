using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Hosting;
using Mesh.Policy.Balancing;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Admin;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Exec;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Flow.GrpcWeb;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Joining;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Local;
using Mesh.Sidecar.Local.Resuming;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Overload;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Push;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Circuits;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Api = Mesh.V1;

namespace Mesh.Sidecar;

/// <summary>
/// The sidecar from start to end: makes the rooms and joins them, announces what it serves, and drains them in order.
/// <see cref="RunAsync"/> runs once; <see cref="DrainAsync"/> may be called from any thread.
/// </summary>
internal sealed class SidecarProcess : IDisposable
{
    /// <summary>1 has the loops use .NET's sockets, as outside of Linux. Internal to the project: it is there for tests.</summary>
    private const string PortableVariable = "MESH_PORTABLE_LOOP";

    /// <summary>Of each loop where there are many: 16 streams that nobody reads.</summary>
    private const long LeastBudget = 4 * 1024 * 1024;

    private readonly MutualTls? _tls;
    private readonly IdentityFiles? _identity;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly HeapReturn _heap;
    private readonly MemoryBudget _memory;
    private readonly OverloadWatch _overload;
    private readonly Worker[] _workers;
    private readonly WireOptions _http2 = new();

    /// <summary>Of callers: a busy one is waited for a little longer, since with the connection it loses its calls.</summary>
    private readonly WireOptions _downstreamHttp2 = new() { KeepAliveInterval = TimeSpan.FromSeconds(30), KeepAliveTimeout = TimeSpan.FromSeconds(20) };
    private readonly ViolationCounters _downstreamViolations = new();
    private readonly ViolationCounters _upstreamViolations = new();
    private readonly ClusterStatistics _unknown = new(ClusterStatistics.Other);
    private readonly CallMarks _marks = new();
    private readonly GrpcWebEntry _web;
    private readonly List<DownstreamListener> _listeners = [];
    private readonly CircuitLog _circuits;
    private readonly ServiceDirectory _directory;
    private readonly SidecarView _view;
    private readonly BackgroundTasks _background;
    private readonly ControlPlaneChannels? _channels;
    private readonly BrokerChannels? _broker;
    private readonly PushSubscriptions? _push;
    private readonly ControlPlaneClient? _controlPlane;
    private readonly ControlPlaneService? _messaging;
    private readonly IdentityRenewal? _renewal;
    private readonly HealthMonitor? _health;
    private readonly StaticServices? _static;
    private readonly Isolation _isolation;
    private readonly AppProcess? _app;
    private readonly TaskCompletionSource<string> _drainAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SidecarOptions _options;
    private SidecarTelemetry? _telemetry;
    private DownstreamListener? _inbound;
    private Registrar? _registrar;
    private volatile bool _isReady;
    private (string Option, HostPort Address) _binding;

    public SidecarProcess(SidecarOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _log = new Log(options.LogLevel, Console.Error, time);
        Stdio.Watch(_log);
        _background = new BackgroundTasks(time, _log);
        _memory = new MemoryBudget(HeapLimit.Of(options.MemoryLimit), static () => GC.GetTotalMemory(forceFullCollection: false));
        _heap = new HeapReturn(() => _workers!.Select(worker => worker.Loop), time);
        _web = new GrpcWebEntry(CorsOptions.None with { Origins = options.CorsOrigins, ExposedHeaders = options.CorsExposedHeaders });
        _overload = new OverloadWatch(_memory, _listeners, _log, time, _heap.ShrinkAsync);
        if (options.Tls is { } files)
        {
            _tls = new MutualTls(options.Mtls);
            _identity = new IdentityFiles(files, _tls.Credentials, time, _log);
        }

        _workers = [.. Enumerable.Range(0, options.Concurrency).Select(MakeWorker)];
        _circuits = new CircuitLog(_log, time);
        var app = options.App is { } address ? Sole.App(options.Service!, options.InstanceId, address, _memory, options.AppProtocol, new Denials(options.Service!, _log, time), options.IsClosed) : null;
        var vantage = new Vantage(options.Locality, SeedOf(options.InstanceId));
        var caller = new CallerIdentity(options.Service ?? "", options.Version);
        if (options.ControlPlane.Count > 0)
        {
            // A pure client has no name that it comes back with.
            var identity = options.Service is { Length: > 0 } service ? $"{service}/{options.InstanceId}" : Guid.NewGuid().ToString("N");
            _channels = new ControlPlaneChannels(options.ControlPlane, time, _log, identity);
            _broker = new BrokerChannels(_channels);
            _push = app is null ? null : new PushSubscriptions(app.Service, () => new Uri($"http://{_inbound!.Local}"), _broker, time, _log);
        }

        _directory = new ServiceDirectory(LoopSnapshots(), isWhole: options.StaticFile is not null, time, _circuits, _memory, MakeMesh(), app, vantage, caller);
        foreach (var worker in _workers)
        {
            // Before its loop starts, so that no call is judged by an older one, which says that there is nothing.
            worker.InForce.Replace(_directory.Current, []);
        }

        _view = new SidecarView(options, _workers, _directory, _listeners, _downstreamViolations, _upstreamViolations, _memory, time) { Tls = _tls, Denials = app?.Denials };
        if (app is not null)
        {
            _health = new HealthMonitor(options.Health, app.Endpoint, new Random(), time, _log);
            app.Endpoint.Suspected = _health.Suspect;
        }

        _static = options.StaticFile is { } file ? new StaticServices(file, _directory, time, _log) : null;
        _app = options.Command.Count == 0 ? null : new AppProcess(options.Command, time, _log);
        _isolation = new Isolation(_view, _health, time);
        var token = JoinToken.Of(options.JoinTokenFile, JoinToken.TakeVariable());
        if (_channels is not null)
        {
            var declared = options.Upstreams.Select(upstream => upstream.Key);
            var own = options.Service is not null && (token is not null || options.IdentityFolder is not null) ? new OwnTrust(time) : null;
            if (own is not null)
            {
                _view.Own = own;
                var kept = options.IdentityFolder is { } folder ? new IdentityFile(folder) : null;
                _renewal = new IdentityRenewal(options.Service!, options.InstanceId, token, _channels, own, kept, new Random(), time, _log);
            }

            _controlPlane = new ControlPlaneClient(
                HelloOf(options, hasIdentity: own is not null), declared, _channels, _directory, new Random(), time, _log, CacheOf(options), _heap.OnFreed, _push is null ? null : _push.Set, own, new RecordedCalls(_view).FindAsync);
            _view.ControlPlane = _controlPlane;
            _messaging = new ControlPlaneService(_channels.Choice, _directory);
            _messaging.Begin();
        }
    }

    /// <summary>Runs until it has drained.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Shutdown shutdown)
    {
        using var asked = shutdown.Drain.Register(() => _drainAsked.TrySetResult(shutdown.Reason));
        shutdown.Hangup += OnHangup;
        if (_app is not null)
        {
            shutdown.Passed += _app.Signal;
            shutdown.EndingNow = _app.EndNow;
        }

        if (_static is not null && !_static.TryLoad(out var faults))
        {
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync($"mesh-sidecar: --static: {fault}");
            }

            return OptionSet.UsageError;
        }

        if (_identity is not null)
        {
            if (!_identity.TryLoad(out var fault))
            {
                await Console.Error.WriteLineAsync($"mesh-sidecar: {fault}");
                return OptionSet.UsageError;
            }

            _options = _options with { Identity = _tls!.Credentials.Current!.Identity.Id };
        }

        shutdown.IsStarting = false; // from here on nothing waits for a file
        using var telemetry = _telemetry = SidecarTelemetry.Start(_view, _log);
        await using var admin = new AdminServer(PlaceOf("--admin", _options.Admin), _view, new AdminHooks(ReadinessAsync, DrainAsync), IsPortable, _log);
        try
        {
            Bind();
            StartLoops();
            _binding = ("--admin", _options.Admin);
            admin.Start();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"mesh-sidecar: {ListenFault.Line(_binding.Option, _binding.Address, e)}");
            return 1;
        }

        Announce.Listening("admin", admin.Local, Announcements);
        if (_options is { Service: { } service, App: null, ControlPlane.Count: > 0 })
        {
            _log.Warn($"nothing is registered as '{service}', which only says whose calls these are: there is no --app to register");
        }

        StartBackground();
        var ready = AnnounceReadyAsync();
        _ = StartAppAsync(ready);
        var heard = EndIfUnheardAsync();

        var reason = await _drainAsked.Task;
        TellChanged();
        _push?.Set([]);
        _log.Info($"draining, as {reason} asks: calls under way have up to {DurationText.Format(_options.DrainGrace)} to finish");
        var outbound = _listeners.Where(listener => listener != _inbound).ToList();
        await new SidecarDrain(_inbound, outbound, _registrar, _app, _workers, _options.DrainGrace, _time, _log).RunAsync();
        _drained.TrySetResult();
        await _background.EndAsync();
        _log.Info($"ends, as {reason} has asked");
        return heard.IsCompleted && !await heard ? 1 : _app is { Ended.IsCompleted: true } app ? await app.Ended : 0;
    }

    /// <summary>
    /// Begins the end, as the first SIGTERM does, and completes when calls are over; then the process ends. A SIGTERM
    /// after it changes nothing, a second one ends at once.
    /// </summary>
    public Task DrainAsync()
    {
        _drainAsked.TrySetResult("/drain");
        return _drained.Task;
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Loop.Stop();
        }

        _background.Dispose();
        _app?.Dispose();
        _channels?.Dispose();
    }

    private void Bind()
    {
        Listen("outbound", _options.Outbound, new ByAuthority(_directory.Want), Direction.Outbound);
        foreach (var (name, address) in _options.Upstreams)
        {
            Listen($"upstream/{name}", address, new ToService(name, _directory.Want), Direction.Outbound);
        }

        if (_directory.InboundService is { } service)
        {
            _inbound = Listen("inbound", _options.Inbound, new ToApp(service), Direction.Inbound);
        }
    }

    private DownstreamListener Listen(string name, HostPort address, Destination destination, Direction direction)
    {
        _binding = (name.StartsWith("upstream/", StringComparison.Ordinal) ? $"--upstream {name["upstream/".Length..]}" : $"--{name}", address);
        var listener = new DownstreamListener(
            name,
            PlaceOf(_binding.Option, address),
            _workers,
            destination,
            direction == Direction.Outbound ? _directory : null,
            direction == Direction.Outbound ? _web : null,
            (worker, to) => new RequestFlow(worker, to, _telemetry!.For(worker, direction)),
            _downstreamHttp2,
            _downstreamViolations,
            direction == Direction.Inbound ? _tls : null,
            _overload.OnChanged);
        _listeners.Add(listener);
        return listener;
    }

    private IPEndPoint PlaceOf(string option, HostPort address)
    {
        address.TryGetEndPoint(out var wanted);
        var place = Loopback.OnThisMachine(wanted!);
        if (!place.Equals(wanted))
        {
            _log.Warn($"{option} {address}: this machine has no 127.0.0.1; it is [::1] instead");
        }

        return place;
    }

    /// <summary>The loops first, so that nobody who reads of a listener finds it deaf.</summary>
    private void StartLoops()
    {
        foreach (var worker in _workers)
        {
            worker.Loop.Start();
        }

        foreach (var listener in _listeners)
        {
            Announce.Listening(listener.Name, listener.Local, Announcements);
        }
    }

    /// <summary>What does not carry calls comes about in its own time.</summary>
    private void StartBackground()
    {
        _background.Run("the return of memory", _heap.RunAsync);
        _background.Run("the return of memory at rest", MemoryAtRest.Of([.. _workers.Select(worker => worker.Loop)], _time).RunAsync);
        _background.Run("the watch of what runs short", _overload.RunAsync);
        var resolver = new AddressResolver(Destinations, () => _directory.Changed, AddressResolver.AskSystem, new Random(), _time, _log);
        _background.Run("the look-up of host names", resolver.RunAsync);
        if (_static is not null)
        {
            _background.Run("the watch of the static file", _static.WatchAsync);
        }

        if (_controlPlane is not null)
        {
            _background.Run("discovery", _controlPlane.RunAsync);
            _background.Run("the survey of control planes", _controlPlane.SurveyAsync, mayEnd: _channels!.Count == 1);
            _background.Run("the way to events and queues", _messaging!.FollowAsync);
            if (_push is not null)
            {
                _background.Run("events for the app", _push.RunAsync);
            }

            _background.Run("the forgetting of names", _controlPlane.ForgetAsync);
            _background.Run("the snapshot on disk", _controlPlane.CacheAsync, mayEnd: _options.Cache is null);
        }

        if (_identity is not null)
        {
            _background.Run("the watch of the identity's files", _identity.WatchAsync);
        }

        if (_renewal is not null)
        {
            _background.Run("the identity", _renewal.RunAsync);
        }

        _background.Run("the watch of outliers", new OutlierWatch(_directory, _time).RunAsync);
        _background.Run("the log of circuits", _circuits.RunAsync);
        _background.Run("the forgetting of idle series", new IdleSeries(_view).RunAsync);
        if (_health is not null)
        {
            _background.Run("the health check", _health.RunAsync, mayEnd: _options.Health.Kind == HealthKind.None);
        }

        if (_channels is not null && _health is not null)
        {
            var bound = _inbound!.Local;
            var address = _options.Advertise ?? new HostPort(bound.Address.ToString(), bound.Port);
            _registrar = new Registrar(_options, address, _health, _channels, new Random(), _time, _log);
            _background.Run("registration", _registrar.RunAsync, mayEnd: true); // when it drains
        }
    }

    /// <summary>
    /// Ready is who knows the way to everything declared. The app's health is not waited for: an app may itself wait for
    /// its sidecar, and whether it is called is the registration's business.
    /// </summary>
    private async Task AnnounceReadyAsync()
    {
        if (_controlPlane is not null)
        {
            await _controlPlane.Answered;
            if (_directory.InboundService is not null)
            {
                // So that a limit holds from the first call on; without it all else goes on.
                await _controlPlane.InboundSaid.WaitAsync(ServiceDirectory.Patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (_renewal is not null)
        {
            // Who has no identity is let in by nobody who asks for one.
            await _renewal.Joined;
        }

        _isReady = true;
        TellChanged();
        Announce.Ready(Announcements);
    }

    /// <summary>Where the app's own output is, nobody looks for ours.</summary>
    private TextWriter? Announcements => _app is null ? null : Console.Error;

    /// <summary>Our end is the app's, and the app's ours.</summary>
    private async Task StartAppAsync(Task ready)
    {
        if (_app is null)
        {
            return;
        }

        await Task.WhenAny(ready, Task.Delay(_options.ExecWait, _time), _drainAsked.Task);
        if (_drainAsked.Task.IsCompleted)
        {
            return;
        }

        if (!_isReady)
        {
            _log.Warn($"not ready after {DurationText.Format(_options.ExecWait)} (--exec-wait): the app is started all the same; {(await ReadinessAsync()).Reason}");
        }

        _app.Start();
        await _app.Ended;
        _drainAsked.TrySetResult("the end of the app");
    }

    /// <summary>False if it has begun the end, since nobody could learn of the listeners.</summary>
    private async Task<bool> EndIfUnheardAsync()
    {
        if (_app is not null)
        {
            return true;
        }

        IEnumerable<HostPort> asked = [_options.Outbound, _options.Admin, .. _options.Upstreams.Select(upstream => upstream.Value)];
        if (await Announce.FaultAsync(_inbound is null ? asked : asked.Append(_options.Inbound)) is not { } fault)
        {
            return true;
        }

        await Console.Error.WriteLineAsync($"mesh-sidecar: {fault}");
        _drainAsked.TrySetResult("a stdout that takes nothing");
        return false;
    }

    private static ulong SeedOf(string instance) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(instance)));

    private static bool IsPortable => Environment.GetEnvironmentVariable(PortableVariable) == "1";

    private string Refusal => _registrar?.State.Refusal is { } refusal ? $", but not registered: {refusal}" : "";

    private void OnHangup()
    {
        _log.Info(_static is null ? "SIGHUP: there is no file to read again" : "SIGHUP: the static file is read again");
        _static?.ReadAgain();
    }

    /// <summary>The reasons a line each.</summary>
    private async Task<(bool IsReady, string Reason)> ReadinessAsync() =>
        _drainAsked.Task.IsCompleted ? (false, "draining")
        : await _isolation.ReasonsAsync() is [_, ..] lost ? (false, string.Join('\n', lost))
        : _background.Ended is [_, ..] ended ? (false, string.Join('\n', ended))
        : _isReady ? (true, $"ready{Refusal}{_controlPlane?.Notes}")
        : _renewal is { Joined.IsCompleted: false, Fault: { } fault } ? (false, $"no identity yet: {fault}")
        : _controlPlane is { State: { IsConnected: false } state } ? (false, $"no control plane yet: {state.LastError ?? $"connecting to {state.Url}"}")
        : _controlPlane is { Answered.IsCompleted: true } ? (false, "the control plane has not said yet how calls that come in are treated")
        : (false, "the control plane has not said all of the declared upstreams yet");

    /// <summary>The mesh's own APIs, as a service that every sidecar has.</summary>
    private Cluster MakeMesh()
    {
        bool isEnding() => _drainAsked.Task.IsCompleted;
        bool isServing() => _isReady && !isEnding();
        bool want(ReadOnlySpan<byte> name) => _directory.Want(name);
        var source = PassedOn.SourceOf(_options.Service);
        var api = new MeshApi(
            [new HealthQuestion(isServing, isEnding, want, isWatch: false), new HealthQuestion(isServing, isEnding, want, isWatch: true)],
            LoopSnapshots(),
            _broker is null ? [] : ResumedMethod.All(_broker, source, isEnding, _time),
            isEnding);
        var own = Sole.Local(MeshApi.Name, api, _memory).Build();
        return _channels is null ? own : PassedOn.AddTo(own, source, _memory);
    }

    /// <summary>Those who watch whether the sidecar serves look again.</summary>
    private void TellChanged()
    {
        foreach (var worker in _workers)
        {
            worker.Loop.Post(worker.InForce.TellChanged);
        }
    }

    private SnapshotCache? CacheOf(SidecarOptions options) =>
        options.Cache is { } folder ? new SnapshotCache(folder, options.Service ?? "", _time, _log) : null;

    private IEnumerable<Endpoint> Destinations()
    {
        var snapshot = _directory.Current;
        return snapshot.Clusters.SelectMany(cluster => cluster.Endpoints).Concat(snapshot.Inbound?.Endpoints ?? []);
    }

    private IReadOnlyList<LoopSnapshot> LoopSnapshots() => [.. _workers.Select(worker => worker.InForce)];

    private Worker MakeWorker(int index)
    {
        var loop = EventLoop.Create(_time, $"loop-{index}", IsPortable);
        loop.Segments.Memory = _memory;
        loop.Segments.Budget = Math.Max(LeastBudget, Math.Min(SegmentPool.DefaultBudget, _memory.Limit / 4) / _options.Concurrency);
        loop.Upkeep.Freed = _heap.OnFreed;
        loop.Fault = e => _log.Error($"a defect of ours on {loop.Name}: {e}");
        var seed = (ulong)new Random().NextInt64();
        return new Worker(new WorkerLoop(index, loop, seed), _http2, _upstreamViolations, _tls)
        {
            Instance = Encoding.UTF8.GetBytes(_options.InstanceId),
            Unknown = _unknown,
            Marks = _marks,
            Recorder = new FlightRecorder(_options.Recorder == 0 ? 0 : (int)Math.Max(FlightRecorderSize.Least, _options.Recorder / _options.Concurrency), _options.SlowCall.Ticks, _time),
        };
    }

    private static Api.Hello HelloOf(SidecarOptions options, bool hasIdentity) => new()
    {
        Trust = hasIdentity,
        Service = options.Service ?? "",
        InstanceId = options.InstanceId,
        Inbound = options.App is not null,
    };
}
