using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Load.Processes;

/// <summary>The backend as a process of its own, and its count of the calls it has answered. One question at a time.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private BackendProcess(Process process, IPEndPoint address) => (_process, Address) = (process, address);

    public IPEndPoint Address { get; }

    /// <summary>CPU time it has used.</summary>
    public CpuTime Cpu => ProcStat.Cpu([_process.Id]);

    public static async Task<BackendProcess> StartAsync(Pinning pinning)
    {
        var command = pinning.Load([BuiltPrograms.Backend]);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.TryAdd("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        start.Environment["MESH_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start) ?? throw new BenchFailedException("the backend does not start");
        var listening = await ReadLineAsync(process);
        var backend = new BackendProcess(process, IPEndPoint.Parse(listening.Split(' ')[^1]));
        _ = await ReadLineAsync(process); // ready
        return backend;
    }

    /// <summary>Calls it has answered in full with status 0, up to now.</summary>
    public async Task<long> AnsweredAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        return long.Parse((await ReadLineAsync(_process)).Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Kill();
        _process.Dispose();
    }

    private static async Task<string> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(AnswerLimit) ?? throw new BenchFailedException("the backend has ended");
}
