using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Traffic.Rolling;

/// <summary>One instance of the service: a sidecar that has started the app beside it, as <c>mesh-sidecar exec</c> does. One caller at a time.</summary>
internal sealed class Instance(string sidecar, string controlPlane, string id) : IAsyncDisposable
{
    /// <summary>More than the grace that a drain has.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    private ChildProcess? _process;

    /// <summary>Where its calls come in.</summary>
    public string Inbound => _process!.Listener("inbound");

    public async Task StartAsync(CancellationToken stop)
    {
        var app = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Find()}");
        _process = await ChildProcess.StartAsync(id,
        [
            sidecar, "exec", "--service", RollingMesh.Service, "--instance-id", id, "--app", app, "--health", "tcp", "--control-plane", controlPlane,
            "--inbound", "127.0.0.1:0", "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--", BuiltPrograms.Backend, app,
        ]);
        await _process.ReadyAsync(stop);
    }

    /// <summary>Asks it to end (SIGTERM), as whoever deploys does, and waits until it has.</summary>
    public async Task EndAsync(CancellationToken stop)
    {
        using (var kill = Process.Start("kill", ["-TERM", _process!.Pid.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(stop);
        }

        var began = Stopwatch.GetTimestamp();
        while (_process.IsRunning)
        {
            if (Stopwatch.GetElapsedTime(began) > EndLimit)
            {
                throw _process.Failed("did not end when it was asked to");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }
}
