using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Integration.Processes;

/// <summary>
/// One program that a test has started: what it printed, where it listens, how it ended. Any thread. Ends with the test
/// run, however that ends; Dispose kills it.
/// </summary>
public sealed class MeshProcess : IAsyncDisposable
{
    private const int Sigterm = 15;

    /// <summary>1 has every sidecar use the loop that is there outside of Linux; a test may still say otherwise of its own.</summary>
    private const string PortableLoop = "MESH_PORTABLE_LOOP";

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Dictionary<string, string> _listeners = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _exited;
    private readonly string _commandLine;
    private volatile TaskCompletionSource _mayRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MeshProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        _commandLine = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.Start();
        Id = _process.Id;
        _mayRead.SetResult();
        _exited = EndAsync(ReadAsync(_process.StandardOutput, _output), ReadAsync(_process.StandardError, _errors));
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    public int Id { get; }

    public bool HasExited => _exited.IsCompleted;

    /// <summary>All lines of stdout so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>All lines of stderr so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>Most memory that was resident so far, in bytes; null where the system does not say.</summary>
    public long? PeakMemory => Status("VmHWM:");

    /// <summary>Memory resident now, in bytes; null where the system does not say.</summary>
    public long? Memory => Status("VmRSS:");

    /// <summary>Whether it has a signal ignored, as whoever started us may have had it.</summary>
    public bool Ignores(int signal)
    {
        // "SigIgn:	0000000000001006", the lowest bit for signal 1.
        var line = File.Exists($"/proc/{Id}/status") ? File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) : ":0";
        return (ulong.Parse(line.Split(':')[1].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) == 1;
    }

    /// <summary>The numbers of its file descriptors. Linux only.</summary>
    /// <exception cref="ProcessFailedException">It has ended.</exception>
    public IReadOnlySet<int> Descriptors
    {
        get
        {
            try
            {
                return Directory.GetFileSystemEntries($"/proc/{Id}/fd")
                    .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
                    .ToHashSet();
            }
            catch (Exception gone) when (gone is DirectoryNotFoundException or UnauthorizedAccessException)
            {
                // A process that has ended but is not waited for yet shows a folder that nobody may read.
                throw Failed(HasExited ? $"ended with code {_process.ExitCode}" : "is about to end");
            }
        }
    }

    /// <summary>Starts a program. No MESH_ variable is inherited, so that a test decides alone.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="file">The executable.</param>
    /// <param name="arguments">One by one, unquoted.</param>
    /// <param name="environment">In addition.</param>
    public static MeshProcess Start(
        string name, string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // What the shell has set for a mesh of its own is nothing to this one, but for how all sidecars of a run are to be tried.
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("MESH_", StringComparison.Ordinal) && key != PortableLoop).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        // The app host looks for the runtime in the usual places only; the one that runs us is surely there.
        start.Environment.TryAdd("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        start.Environment["MESH_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in environment ?? [])
        {
            start.Environment[key] = value;
        }

        return new MeshProcess(name, start);
    }

    /// <summary>Completes when it has printed <c>ready</c>.</summary>
    /// <exception cref="ProcessFailedException">It ended, or the time was up, before it did.</exception>
    public async Task ReadyAsync()
    {
        var first = await Within(Task.WhenAny(_ready.Task, _exited), "become ready");
        if (first == _exited && !_ready.Task.IsCompleted)
        {
            throw Failed($"ended with code {_process.ExitCode} before it was ready");
        }
    }

    /// <summary>Where a listener is bound, as <c>HOST:PORT</c>. Known once it is ready.</summary>
    /// <exception cref="ProcessFailedException">It never said so.</exception>
    public string Listener(string name)
    {
        lock (_lock)
        {
            if (_listeners.TryGetValue(name, out var address))
            {
                return address;
            }
        }

        throw Failed($"printed no line 'listening {name} HOST:PORT'");
    }

    /// <summary>Waits for a line on stdout or stderr.</summary>
    public Task LineAsync(Func<string, bool> wanted) =>
        Bound.UntilAsync(() => Output.Concat(Errors).Any(wanted), () => Failed("did not print the line waited for").Message);

    /// <summary>Writes a line to its stdin.</summary>
    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Leaves in its pipes what it prints from now on: they are full after 64 KiB.</summary>
    public void StopReading() => _mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads on, with what has been left.</summary>
    public void ReadOn() => _mayRead.SetResult();

    /// <summary>Asks it to end in good order, and returns at once.</summary>
    public void Terminate()
    {
        if (HasExited)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            _process.Kill();
        }
        else
        {
            _ = Signal(Id, Sigterm);
        }
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
        {
            _process.Kill();
        }

        await Within(_exited, "end after it was killed");
    }

    /// <summary>Waits for its end; all it printed has then been read.</summary>
    /// <param name="limit">By default <see cref="Bound.Limit"/>.</param>
    /// <exception cref="ProcessFailedException">It still runs.</exception>
    public async Task<int> ExitCodeAsync(TimeSpan? limit = null)
    {
        await Within(_exited, "end", limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task Within(Task task, string what, TimeSpan? limit = null)
    {
        try
        {
            await task.WaitAsync(limit ?? Bound.Limit);
        }
        catch (TimeoutException)
        {
            throw Failed($"did not {what} within {(limit ?? Bound.Limit).TotalSeconds} s");
        }
    }

    private async Task<T> Within<T>(Task<T> task, string what)
    {
        await Within((Task)task, what);
        return await task;
    }

    private ProcessFailedException Failed(string what) => new(
        $"{Name} {what}\n  {_commandLine}\n--- stdout\n{string.Join('\n', Output)}\n--- stderr\n{string.Join('\n', Errors)}\n---");

    private IReadOnlyList<string> Copy(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }

    /// <summary>All it printed has then been read, unless nobody reads.</summary>
    private async Task EndAsync(params Task[] reading)
    {
        await _process.WaitForExitAsync();
        if (_mayRead.Task.IsCompleted)
        {
            await Task.WhenAll(reading);
        }
    }

    private async Task ReadAsync(StreamReader reader, List<string> into)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            await _mayRead.Task;
            Read(line, into);
        }
    }

    private void Read(string line, List<string> into)
    {
        lock (_lock)
        {
            into.Add(line);
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

    private long? Status(string field)
    {
        var file = $"/proc/{Id}/status";
        if (!File.Exists(file))
        {
            return null;
        }

        // "VmHWM:    51234 kB"
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return line is null
            ? null
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int processId, int signal);
}
