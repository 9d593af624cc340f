using System.Diagnostics;
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
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Http1;
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
    private readonly Http1Server _http1;

    public SidecarProcess(SidecarOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _workers = [.. Enumerable.Range(0, options.Concurrency).Select(MakeWorker)];
        _directory = new ServiceDirectory(_workers, isWhole: options.StaticFile is not null, time);
        _http1 = new Http1Server(new Http1Forwarder(_directory, time), Defect);
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

        try
        {
            Bind();
        }
        catch (SocketException e)
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

        Announce.Ready();
        await shutdown.WaitAsync();
        return 0;
    }

    private string _binding = "";

    private void Bind()
    {
        Listen("outbound", _options.Outbound, new HandOffFeature(null, null), worker => Flow(worker, new ByAuthority(_directory), ActivityKind.Client));
        foreach (var (name, address) in _options.Upstreams)
        {
            Listen($"upstream/{name}", address, new HandOffFeature(Encoding.ASCII.GetBytes(name), null), worker => Flow(worker, new ToService(name, _directory), ActivityKind.Client));
        }

        if (_options.App is { } app)
        {
            var cluster = LocalApp.Cluster(_options.Service!, app);
            Listen("inbound", _options.Inbound, new HandOffFeature(null, cluster), worker => Flow(worker, new ToLocalApp(cluster), ActivityKind.Server));
        }
    }

    private void Listen(string name, HostPort address, HandOffFeature http1, Func<Worker, RequestFlow> flow)
    {
        _binding = $"{name} {address}";
        address.TryGetEndPoint(out var local);
        _listeners.Add(new DownstreamListener(name, local!, _workers, flow, _http2, _downstreamViolations, socket => _http1.Serve(socket, http1)));
    }

    private static RequestFlow Flow(Worker worker, Destination destination, ActivityKind kind) =>
        new(worker, destination, new FlowTelemetry(worker, kind, TraceSampling.Off, null));

    private Worker MakeWorker(int index)
    {
        var loop = EventLoop.Create(_time, $"loop-{index}");
        loop.Fault = Defect;
        var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        return new Worker(index, loop, seed, _http2, _upstreamViolations);
    }

    private static void Defect(Exception e) => Console.Error.WriteLine($"mesh-sidecar: a defect of ours: {e}");
}
