using System.Globalization;
using System.Net;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Scale;

/// <summary>A control plane that is killed and started again at the same address, with the same store. One caller at a time.</summary>
internal sealed class ControlPlaneProcess : IAsyncDisposable
{
    private readonly string _executable;
    private readonly string _store;
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-scale-").FullName;
    private readonly HttpClient _http = new();
    private ChildProcess? _process;

    public ControlPlaneProcess(string executable, string store)
    {
        _executable = executable;
        _store = store == "sqlite" ? $"sqlite:{Path.Combine(_folder, "mesh.db")}" : store;
        Address = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
    }

    public IPEndPoint Address { get; }

    public bool IsRunning => _process is not null;

    /// <summary>CPU time it has used, in seconds.</summary>
    public double Cpu => ProcStat.Cpu([_process!.Pid]).Total;

    /// <summary>Resident memory, in bytes.</summary>
    public long Memory => ProcStat.Memory([_process!.Pid]).Rss;

    public async Task StartAsync(CancellationToken stop)
    {
        _process = await ChildProcess.StartAsync(
            "mesh-control-plane", [_executable, "--grpc", Address.ToString(), "--http", "127.0.0.1:0", "--store", _store]);
        await _process.ReadyAsync(stop);
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync();
        _process = null;
    }

    /// <summary>How long its collector has stopped it since the start.</summary>
    public async Task<TimeSpan> PausedAsync(CancellationToken stop) =>
        TimeSpan.FromSeconds(await MetricAsync("dotnet_gc_pause_time_seconds_total", stop));

    /// <summary>A counter or gauge of its metrics page.</summary>
    public async Task<double> MetricAsync(string name, CancellationToken stop)
    {
        var page = await _http.GetStringAsync(new Uri($"http://{_process!.Listener("http")}/metrics"), stop);
        var line = page.Split('\n').FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal))
            ?? throw new BenchFailedException($"the control plane has no metric {name}");
        return double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
