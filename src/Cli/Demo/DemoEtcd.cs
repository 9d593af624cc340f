using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>An etcd of one member, for control planes that share it. What it keeps goes with it.</summary>
internal sealed class DemoEtcd : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo _folder;

    private DemoEtcd(DirectoryInfo folder, ChildProcess process, string address)
    {
        _folder = folder;
        Process = process;
        Store = $"etcd:http://{address}";
    }

    public ChildProcess Process { get; }

    /// <summary>As --store is written.</summary>
    public string Store { get; }

    /// <summary>Starts it, and waits until it serves.</summary>
    /// <exception cref="CliException">There is none on this machine.</exception>
    /// <exception cref="ChildFailedException">It does not serve.</exception>
    public static async Task<DemoEtcd> StartAsync(TimeProvider time, CancellationToken cancellation)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(path => Path.Combine(path, OperatingSystem.IsWindows() ? "etcd.exe" : "etcd"))
            .FirstOrDefault(File.Exists)
            ?? throw new CliException("--replicas: several control planes share an etcd, and there is none on PATH: install it (Debian: apt-get install etcd-server)");
        var folder = Directory.CreateTempSubdirectory("mesh-demo-etcd-");
        string address;
        ChildProcess process;
        using (var client = new HeldPort())
        using (var peer = new HeldPort())
        {
            address = client.Address;
            process = ChildProcess.Start(
                "etcd",
                program,
                [
                    "--data-dir", folder.FullName, "--listen-client-urls", $"http://{address}", "--advertise-client-urls", $"http://{address}",
                    "--listen-peer-urls", $"http://{peer.Address}", "--initial-advertise-peer-urls", $"http://{peer.Address}",
                    "--initial-cluster", $"default=http://{peer.Address}", "--log-level", "error", "--logger", "zap",
                ],
                []);
            var etcd = new DemoEtcd(folder, process, address);
            try
            {
                await etcd.ServesAsync(address, time, cancellation);
                return etcd;
            }
            catch
            {
                await etcd.DisposeAsync();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task ServesAsync(string address, TimeProvider time, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < Limit; await Task.Delay(Pause, time, cancellation))
        {
            if (Process.HasExited)
            {
                throw new ChildFailedException(Process, "ended before it served");
            }

            try
            {
                if ((await http.GetStringAsync($"http://{address}/health", cancellation)).Contains("true", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }

        throw new ChildFailedException(Process, $"did not serve within {Limit.TotalSeconds:0} s");
    }
}
