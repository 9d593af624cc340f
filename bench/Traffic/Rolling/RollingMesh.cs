using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Traffic.Rolling;

/// <summary>A control plane, a caller's sidecar, and instances of one service, as processes of their own.</summary>
internal sealed class RollingMesh : IAsyncDisposable
{
    public const string Service = "echo";

    private static readonly TimeSpan KnownLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new();
    private readonly ChildProcess _plane;
    private readonly ChildProcess _caller;
    private readonly Instance[] _instances;

    private RollingMesh(ChildProcess plane, ChildProcess caller, Instance[] instances) => (_plane, _caller, _instances) = (plane, caller, instances);

    /// <summary>Where calls are made.</summary>
    public IPEndPoint Outbound => IPEndPoint.Parse(_caller.Listener("outbound"));

    public int Instances => _instances.Length;

    public static async Task<RollingMesh> StartAsync(RollingOptions options, CancellationToken stop)
    {
        var plane = await ChildProcess.StartAsync(
            "mesh-control-plane", [BuiltPrograms.ControlPlane, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", "memory"]);
        await plane.ReadyAsync(stop);
        var url = $"http://{plane.Listener("grpc")}";
        var caller = await ChildProcess.StartAsync(
            "mesh-sidecar",
            [options.Sidecar, "--control-plane", url, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", $"{Service}=127.0.0.1:0"]);
        var ids = Enumerable.Range(1, options.Instances).Select(i => string.Create(CultureInfo.InvariantCulture, $"{Service}-{i}"));
        var mesh = new RollingMesh(plane, caller, [.. ids.Select(id => new Instance(options.Sidecar, url, id))]);
        await caller.ReadyAsync(stop);
        await Task.WhenAll(mesh._instances.Select(instance => instance.StartAsync(stop)));
        await mesh.KnownAsync(stop);
        return mesh;
    }

    /// <summary>Ends an instance, starts it again, and waits until the caller's sidecar knows that it is well.</summary>
    public async Task RestartAsync(int index, CancellationToken stop)
    {
        await _instances[index].EndAsync(stop);
        await _instances[index].StartAsync(stop);
        await KnownAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await _caller.DisposeAsync();
        await _plane.DisposeAsync();
        _http.Dispose();
    }

    private async Task KnownAsync(CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (!(await HealthyAsync(stop)).SetEquals(_instances.Select(instance => instance.Inbound)))
        {
            if (Stopwatch.GetElapsedTime(began) > KnownLimit)
            {
                throw _caller.Failed($"does not know all instances as healthy; it knows {string.Join(", ", await HealthyAsync(stop))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
        }
    }

    /// <summary>The addresses that the caller's sidecar calls.</summary>
    private async Task<HashSet<string>> HealthyAsync(CancellationToken stop)
    {
        using var page = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"http://{_caller.Listener("admin")}/clusters"), stop));
        return
        [
            .. from cluster in page.RootElement.GetProperty("clusters").EnumerateArray()
               where cluster.GetProperty("service").GetString() == Service
               from endpoint in cluster.GetProperty("endpoints").EnumerateArray()
               where endpoint.GetProperty("healthy").GetBoolean()
               select endpoint.GetProperty("address").GetString(),
        ];
    }
}
