using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Mesh.Hosting;

namespace Mesh.Sidecar.Exec;

/// <summary>
/// The app, as a child of the sidecar: with its standard input, outputs and environment. Started at most once; any thread may signal it or
/// wait for its end.
/// </summary>
/// <param name="command">The program, looked for as a shell does, and its arguments.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of its begin and its end.</param>
internal sealed partial class AppProcess(IReadOnlyList<string> command, TimeProvider time, Log log) : IDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private const int NoSuchFile = 2;

    /// <summary>As shells have it for what is not there, and for what cannot be run.</summary>
    private const int NotFound = 127;
    private const int NotRunnable = 126;

    /// <summary>However little is left of the grace.</summary>
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;
    private bool _isOver;

    /// <summary>Completes with its exit code, 128 and the signal's number if that has ended it; or with what shells say of an app that could not be started.</summary>
    public Task<int> Ended => _ended.Task;

    /// <summary>Starts it, unless it is to end already.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                _ended.TrySetResult(0);
                return;
            }

            try
            {
                _process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false })!;
            }
            catch (Exception fault) when (fault is Win32Exception or IOException or InvalidOperationException)
            {
                Console.Error.WriteLine($"mesh-sidecar: {ExecVerb.Name}: {PrintableText.Of(command[0])} cannot be started: {PrintableText.Of(fault.Message)}");
                _ended.TrySetResult(fault is Win32Exception { NativeErrorCode: NoSuchFile } ? NotFound : NotRunnable);
                return;
            }
        }

        log.Info($"started {PrintableText.Of(command[0])} as process {_process.Id}");
        _ = WaitAsync(_process);
    }

    /// <summary>Passes a signal on; nothing if it does not run.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            // Until its end is seen its id is nobody else's.
            if (_process is { HasExited: false } running)
            {
                _ = SendSignal(running.Id, signal);
            }
        }
    }

    /// <summary>Asks it to end, waits, and ends it if it does not. One that has not been started is not any more.</summary>
    /// <param name="grace">How long it may take, 5 s at least.</param>
    public async Task EndAsync(TimeSpan grace)
    {
        lock (_gate)
        {
            _isOver = true;
            if (_process is null)
            {
                return;
            }
        }

        if (_ended.Task.IsCompleted)
        {
            return;
        }

        var limit = grace > LeastTime ? grace : LeastTime;
        log.Info($"draining: the app is told to end (SIGTERM), and has {DurationText.Format(limit)}");
        Signal(Terminate);
        await Task.WhenAny(_ended.Task, Task.Delay(limit, time));
        if (!_ended.Task.IsCompleted)
        {
            log.Warn("draining: the app has not ended in its time: it is ended (SIGKILL)");
            Signal(Kill);
            await _ended.Task;
        }
    }

    /// <summary>Ends it at once, without waiting.</summary>
    public void EndNow() => Signal(Kill);

    public void Dispose() => _process?.Dispose();

    private async Task WaitAsync(Process process)
    {
        await process.WaitForExitAsync();
        log.Info($"the app has ended with code {process.ExitCode}");
        _ended.TrySetResult(process.ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
