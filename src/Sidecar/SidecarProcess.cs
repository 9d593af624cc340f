using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Hosting;
using Mesh.Http2.Connections;
using Mesh.Http2.Transport;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Admin;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar;

/// <summary>
/// The sidecar from start to end: makes the rooms and joins them, announces what it serves, and drains them in order.
/// </summary>
internal sealed class SidecarProcess
{
    private readonly SidecarOptions _options;
    private readonly TimeProvider _time;
    private readonly Worker[] _workers;
    private readonly Http2Options _http2 = new();
    private readonly ViolationCounters _downstreamViolations = new();
    private readonly ViolationCounters _upstreamViolations = new();
    private readonly List<DownstreamListener> _listeners = [];
    private readonly ServiceDirectory _directory;
    private readonly SidecarView _view;
    private readonly Log _log;
    private SidecarTelemetry? _telemetry;

    public SidecarProcess(SidecarOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _workers = [.. Enumerable.Range(0, options.Concurrency).Select(MakeWorker)];
        _directory = new ServiceDirectory(_workers, isWhole: options.StaticFile is not null, time);
        _view = new SidecarView(options, _workers, _directory, _listeners, _downstreamViolations, _upstreamViolations, time);
        _ = Log.TryParse(options.LogLevel, out var level);
        _log = new Log(level, Console.Error, time);
    }

    public async Task<int> RunAsync(Shutdown shutdown)
    {
        if (_options.StaticFile is { } file && !StaticServices.TryLoad(file, _directory, out var faults))
        {
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync($"mesh-sidecar: --static: {fault}");
            }

            return OptionSet.UsageError;
        }

        using var telemetry = _telemetry = SidecarTelemetry.Start(_view, _log);
        _options.Admin.TryGetEndPoint(out var adminAddress);
        await using var admin = new AdminServer(adminAddress!, _view, new AdminHooks(Readiness, () => DrainAsync(shutdown)), _log);
        try
        {
            Bind();
            _binding = $"admin {_options.Admin}";
            await admin.StartAsync();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"mesh-sidecar: {_binding}: {e.Message}");
            return 1;
        }

        foreach (var worker in _workers)
        {
            worker.Loop.Start();
        }

        foreach (var listener in _listeners)
        {
            Announce.Listening(listener.Name, listener.Local);
        }

        Announce.Listening("admin", admin.Local);
        _isReady = true;
        Announce.Ready();
        await shutdown.WaitAsync();
        _isReady = false;
        return 0;
    }

    private volatile bool _isReady;

    private (bool IsReady, string Reason) Readiness() => _isReady ? (true, "ready") : (false, "starting or shutting down");

    private static Task DrainAsync(Shutdown shutdown)
    {
        shutdown.Begin();
        return Task.CompletedTask;
    }

    private string _binding = "";

    private void Bind()
    {
        Listen("outbound", _options.Outbound, worker => Flow(worker, new ByAuthority(_directory), Direction.Outbound));
        foreach (var (name, address) in _options.Upstreams)
        {
            Listen($"upstream/{name}", address, worker => Flow(worker, new ToService(name, _directory), Direction.Outbound));
        }

        if (_options.App is { } app)
        {
            var cluster = _view.LocalApp = LocalApp.Cluster(_options.Service!, app);
            Listen("inbound", _options.Inbound, worker => Flow(worker, new ToLocalApp(cluster), Direction.Inbound));
        }
    }

    private void Listen(string name, HostPort address, Func<Worker, RequestFlow> flow)
    {
        _binding = $"{name} {address}";
        address.TryGetEndPoint(out var local);
        _listeners.Add(new DownstreamListener(name, local!, _workers, flow, _http2, _downstreamViolations));
    }

    private RequestFlow Flow(Worker worker, Destination destination, Direction direction) =>
        new(worker, destination, _telemetry!.For(worker, direction));

    private Worker MakeWorker(int index)
    {
        var loop = EventLoop.Create(_time, $"loop-{index}");
        loop.Fault = e => Console.Error.WriteLine($"mesh-sidecar: a defect of ours: {e}");
        var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        return new Worker(index, loop, seed, _http2, _upstreamViolations);
    }
}
