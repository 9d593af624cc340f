using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Load.Processes;

/// <summary>
/// A program that the run has started, with its descendants. It ends with the run however that ends: a shell between the
/// two waits for the end of its stdin, which the kernel closes even if this process is killed. Any thread.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>
    /// Starts the program in the background and tells its id, lets it have as many files as may be, and ends it with stdin.
    /// The program itself cannot read stdin: that of a background process is /dev/null.
    /// </summary>
    private const string Wrapper = """ulimit -n "$(ulimit -Hn)"; "$@" & p=$!; echo "pid $p"; read -r _; kill "$p" 2>/dev/null; wait "$p" """;

    private const int LinesKept = 30;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process _shell;
    private readonly string _name;
    private readonly Queue<string> _lines = new();
    private readonly Dictionary<string, string> _listeners = [];
    private readonly TaskCompletionSource<int> _pid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(string name, ProcessStartInfo start)
    {
        _name = name;
        _shell = new Process { StartInfo = start };
        _shell.OutputDataReceived += (_, line) => Read(line.Data);
        _shell.ErrorDataReceived += (_, line) => Read(line.Data);
    }

    /// <summary>The program's own id.</summary>
    public int Pid { get; private set; }

    public bool IsRunning => ProcStat.IsRunning(Pid);

    /// <summary>The last it has printed.</summary>
    public string LastLines
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines.Select(line => "    " + line));
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">In addition.</param>
    public static async Task<ChildProcess> StartAsync(
        string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Wrapper, "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Where(IsOurs).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        // An app host looks for the runtime in the usual places only; the one that runs us is surely there.
        start.Environment.TryAdd("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        start.Environment["MESH_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        var child = new ChildProcess(name, start);
        child._shell.Start();
        child._shell.BeginOutputReadLine();
        child._shell.BeginErrorReadLine();
        child.Pid = await child._pid.Task.WaitAsync(StartLimit);
        return child;
    }

    /// <summary>Completes when it has printed <c>ready</c>, as the mesh's programs do.</summary>
    /// <exception cref="BenchFailedException">It ended, or took too long.</exception>
    public async Task ReadyAsync(CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (!_ready.Task.IsCompleted)
        {
            if (!IsRunning || Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                throw Failed("did not become ready");
            }

            await _ready.Task.WaitAsync(TimeSpan.FromMilliseconds(100), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Where it said that a listener is bound, as HOST:PORT.</summary>
    public string Listener(string name)
    {
        lock (_lines)
        {
            return _listeners.TryGetValue(name, out var address) ? address : throw Failed($"said nothing of a listener '{name}'");
        }
    }

    public BenchFailedException Failed(string what) => new($"{_name} {what}; it printed\n{LastLines}");

    /// <summary>Kills it with all its descendants: an orderly end of each would cost a run minutes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Pid != 0)
        {
            foreach (var pid in ProcStat.Tree(Pid))
            {
                Kill(pid);
            }
        }

        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_shell.HasExited)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
    }

    private static bool IsOurs(string variable) =>
        variable.StartsWith("MESH_", StringComparison.Ordinal) || variable.StartsWith("OTEL_", StringComparison.Ordinal);

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // Gone already.
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (!_pid.Task.IsCompleted && line.StartsWith("pid ", StringComparison.Ordinal))
        {
            _pid.TrySetResult(int.Parse(line["pid ".Length..], CultureInfo.InvariantCulture));
            return;
        }

        lock (_lines)
        {
            if (line.Split(' ') is ["listening", var name, var address])
            {
                _listeners[name] = address;
            }

            _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
            {
                _lines.Dequeue();
            }
        }

        if (line == "ready")
        {
            _ready.TrySetResult();
        }
    }
}
