using System.Net;
using Mesh.Tests;

namespace Mesh.Bench.Scale;

/// <summary>The control planes of a run: one, or three that share an etcd of three members. One caller at a time.</summary>
internal sealed class ControlPlanes : IAsyncDisposable
{
    private const int Replicas = 3;

    private readonly EtcdCluster? _etcd;
    private readonly ControlPlaneProcess[] _planes;

    private ControlPlanes(EtcdCluster? etcd, ControlPlaneProcess[] planes) => (_etcd, _planes) = (etcd, planes);

    public IReadOnlyList<IPEndPoint> Addresses => [.. _planes.Select(plane => plane.Address)];

    /// <summary>Several share a store.</summary>
    public bool IsShared => _etcd is not null;

    /// <summary>CPU time that all have used, in seconds.</summary>
    public double Cpu => _planes.Sum(plane => plane.Cpu);

    /// <summary>CPU time that etcd has used, in seconds.</summary>
    public double EtcdCpu => _etcd?.Cpu().TotalSeconds ?? 0;

    /// <summary>Resident memory of all, in bytes.</summary>
    public long Memory => _planes.Sum(plane => plane.Memory);

    public static async Task<ControlPlanes> StartAsync(ScaleOptions options, CancellationToken stop)
    {
        var etcd = options.Store == ScaleOptions.Etcd ? await EtcdCluster.StartAsync(Replicas) : null;
        var planes = new ControlPlanes(
            etcd, [.. Enumerable.Range(0, etcd is null ? 1 : Replicas).Select(_ => new ControlPlaneProcess(options.ControlPlane, etcd?.Option ?? options.Store))]);
        await planes.StartAllAsync(stop);
        return planes;
    }

    public Task StartAllAsync(CancellationToken stop) => Task.WhenAll(_planes.Select(plane => plane.StartAsync(stop)));

    public Task KillAllAsync() => Task.WhenAll(_planes.Select(plane => plane.KillAsync()));

    public Task KillLastAsync() => _planes[^1].KillAsync();

    public Task StartLastAsync(CancellationToken stop) => _planes[^1].StartAsync(stop);

    /// <summary>How long the collectors have stopped them since the start.</summary>
    public async Task<TimeSpan> PausedAsync(CancellationToken stop)
    {
        var all = TimeSpan.Zero;
        foreach (var plane in _planes)
        {
            all += await plane.PausedAsync(stop);
        }

        return all;
    }

    /// <summary>The sum of a counter or gauge of those that run.</summary>
    public async Task<double> MetricAsync(string name, CancellationToken stop)
    {
        var all = 0.0;
        foreach (var plane in _planes.Where(plane => plane.IsRunning))
        {
            all += await plane.MetricAsync(name, stop);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var plane in _planes)
        {
            await plane.DisposeAsync();
        }

        if (_etcd is not null)
        {
            await _etcd.DisposeAsync();
        }
    }
}
