using System.Diagnostics;

namespace Mesh.Cli.Processes;

/// <summary>
/// One program that the CLI has started: what it has printed, where it listens, how it ends. Any thread may use it;
/// the output is read on the runtime's threads. Dispose kills it if it still runs.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>Enough of the end of a log to see why a program failed.</summary>
    private const int TailLines = 200;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private readonly Dictionary<string, string> _listeners = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _exited;

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _exited = Watch();
    }

    /// <summary>What the demo calls it, such as <c>users-1/sidecar</c>.</summary>
    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _exited.IsCompleted;

    /// <summary>The last lines of its output, standard error among them.</summary>
    public IReadOnlyList<string> Tail
    {
        get
        {
            lock (_lock)
            {
                return [.. _tail];
            }
        }
    }

    /// <param name="name">What the demo calls it.</param>
    /// <param name="file">The executable.</param>
    /// <param name="arguments">One by one, unquoted.</param>
    /// <param name="environment">Set in addition to what the CLI itself was given.</param>
    public static ChildProcess Start(
        string name, string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // An input of its own: the terminal's keys are the CLI's.
            RedirectStandardInput = true,
        };

        // It ends when the CLI is gone, even if that was killed and could not end it.
        start.Environment["MESH_PARENT_PID"] = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return new ChildProcess(name, new Process { StartInfo = start });
    }

    /// <summary>Completes when it has printed <c>ready</c>.</summary>
    /// <exception cref="ChildFailedException">It ended, or the time was up, before it did.</exception>
    public async Task ReadyAsync(TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            var first = await Task.WhenAny(_ready.Task, _exited).WaitAsync(limit, cancellation);
            if (first == _exited && !_ready.Task.IsCompleted)
            {
                throw new ChildFailedException(this, $"ended with code {_process.ExitCode} before it was ready");
            }
        }
        catch (TimeoutException)
        {
            throw new ChildFailedException(this, $"was not ready within {limit.TotalSeconds:0} s");
        }
    }

    /// <summary>Where a listener is bound, as <c>HOST:PORT</c>. Known once it is ready.</summary>
    /// <exception cref="ChildFailedException">It never said so.</exception>
    public string Listener(string name)
    {
        lock (_lock)
        {
            return _listeners.TryGetValue(name, out var address)
                ? address
                : throw new ChildFailedException(this, $"printed no line 'listening {name} HOST:PORT'");
        }
    }

    /// <summary>Asks it to end in good order, and returns at once.</summary>
    public void Terminate()
    {
        if (!HasExited)
        {
            Signals.Terminate(_process);
        }
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _exited;
    }

    /// <summary>Waits for its end; kills it when the time is up.</summary>
    public async Task ExitAsync(TimeSpan limit)
    {
        try
        {
            await _exited.WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            await KillAsync();
        }
    }

    /// <summary>Waits for its end and says its exit code.</summary>
    /// <exception cref="TimeoutException">It still runs.</exception>
    public async Task<int> ExitCodeAsync(TimeSpan limit)
    {
        await _exited.WaitAsync(limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    // Completes after the last line has been read, so that the tail is whole.
    private async Task Watch() => await _process.WaitForExitAsync();

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_tail.Count == TailLines)
            {
                _tail.Dequeue();
            }

            _tail.Enqueue(line);
            if (line.Split(' ') is ["listening", var name, var address])
            {
                _listeners[name] = address;
            }
        }

        if (line == "ready")
        {
            _ready.TrySetResult();
        }
    }
}
