using System.Diagnostics;
using System.Globalization;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>The real executable, ended with the test at the latest.</summary>
internal sealed class ControlPlaneProcess : IDisposable
{
    private const string FreePorts = "--grpc 127.0.0.1:0 --http 127.0.0.1:0 ";

    private readonly Process _process;

    private ControlPlaneProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What it holds in memory, in megabytes.</summary>
    public long Memory
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    public StreamReader Output => _process.StandardOutput;

    public static ControlPlaneProcess Start(string line, params (string Name, string Value)[] environment) => StartAfter("", line, environment);

    /// <summary>The same in what a shell has made of the process before: limits, folders, descriptors.</summary>
    public static ControlPlaneProcess StartAfter(string shell, string line, params (string Name, string Value)[] environment) =>
        StartIn(shell + "\nexec", line, environment);

    /// <summary>As an argument of something else that a shell starts.</summary>
    public static ControlPlaneProcess StartIn(string shell, string line, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", shell + " dotnet \"$@\"", "sh", typeof(ControlPlaneApp).Assembly.Location])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var argument in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["MESH_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ControlPlaneProcess(Process.Start(start)!);
    }

    /// <summary>Starts it on free ports and waits until it is ready; returns its listeners' addresses by name.</summary>
    public static async Task<(ControlPlaneProcess Process, Dictionary<string, string> Listeners)> StartReadyAsync(
        string line = "", params (string Name, string Value)[] environment) =>
        await ReadyAsync(Start(FreePorts + line, environment));

    /// <inheritdoc cref="StartAfter"/>
    public static async Task<(ControlPlaneProcess Process, Dictionary<string, string> Listeners)> StartReadyAfterAsync(string shell, string line = "") =>
        await ReadyAsync(StartAfter(shell, FreePorts + line));

    /// <inheritdoc cref="StartIn"/>
    public static async Task<(ControlPlaneProcess Process, Dictionary<string, string> Listeners)> StartReadyInAsync(string shell, string line = "") =>
        await ReadyAsync(StartIn(shell, FreePorts + line));

    private static async Task<(ControlPlaneProcess Process, Dictionary<string, string> Listeners)> ReadyAsync(ControlPlaneProcess process)
    {
        var listeners = new Dictionary<string, string>();
        while (await process.Output.ReadLineAsync(Bound.Token()) is { } printed and not "ready")
        {
            var words = printed.Split(' ');
            Assert.Equal("listening", words[0]);
            listeners.Add(words[1], words[2]);
        }

        return (process, listeners);
    }

    /// <summary>The next line on stderr that has all the parts; those before it are gone.</summary>
    public async Task<string> ErrorLineAsync(params string[] parts)
    {
        while (await _process.StandardError.ReadLineAsync(Bound.Token()) is { } line)
        {
            if (parts.All(part => line.Contains(part, StringComparison.Ordinal)))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"it has ended without saying {string.Join(" … ", parts)}");
    }

    /// <summary>Waits until it has given back all but so many megabytes, or two minutes, which is generous.</summary>
    public async Task<long> SettledAsync(long megabytes)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var tick = 0; Memory > megabytes && tick < 600; tick++)
        {
            await timer.WaitForNextTickAsync();
        }

        return Memory;
    }

    /// <summary>Sends a signal, as kill(1) does.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Bound.Token());
    }

    /// <summary>Whether it has SIGQUIT ignored, as a shell has for what a script starts in the background, and so for us.</summary>
    public bool IgnoresQuit()
    {
        const int quit = 3;
        var ignored = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..];
        return (Convert.ToUInt64(ignored.Trim(), 16) >> (quit - 1) & 1) == 1;
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Its exit code, what is left of its output, and its errors.</summary>
    public async Task<(int Code, string Output, string Errors)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync(Bound.Token());
        var errors = _process.StandardError.ReadToEndAsync(Bound.Token());
        await _process.WaitForExitAsync(Bound.Token());
        return (_process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
