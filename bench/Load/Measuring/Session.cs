using Mesh.Bench.Backend;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Generating;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>What all measurements of a run share: backend, collector, load generators, and a folder that goes with it.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly BackendServer _collector;
    private readonly OwnLoad _own;
    private readonly H2Load? _h2Load;

    private Session(LoadOptions options, Progress progress, Pinning pinning, DirectoryInfo folder, BackendProcess backend)
    {
        Options = options;
        Progress = progress;
        Backend = backend;
        _folder = folder;
        _collector = BackendServer.Start("collector");
        _own = new OwnLoad();
        _h2Load = Tools.Find("h2load") is { } program ? new H2Load(program, folder.FullName, pinning) : null;
        Setting = new ProxySetting(backend.Address, folder.FullName, _collector.Local, pinning);
    }

    public LoadOptions Options { get; }

    public Progress Progress { get; }

    public BackendProcess Backend { get; }

    /// <summary>What every proxy is started with.</summary>
    public ProxySetting Setting { get; }

    public bool HasH2Load => _h2Load is not null;

    /// <summary>Requests in which the sidecar has exported spans and metrics, up to now.</summary>
    public Task<long> ExportsAsync() => _collector.AnsweredAsync();

    public static async Task<Session> StartAsync(LoadOptions options, Progress progress)
    {
        var pinning = new Pinning(options.Pin);
        await pinning.PinSelfAsync();
        var folder = Directory.CreateTempSubdirectory("mesh-bench-");
        if (!OperatingSystem.IsWindows())
        {
            // nginx's worker is another user, and has its folders in here.
            folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        return new Session(options, progress, pinning, folder, await BackendProcess.StartAsync(pinning));
    }

    /// <summary>Carries out calls of a case, by h2load if it can.</summary>
    public Task<LoadResult> LoadAsync(RunningProxy proxy, LoadCase load, int calls, CancellationToken stop)
    {
        // Ten times what it should last: a proxy that has stopped must not stop the run.
        var limit = (Options.Duration * 10) + TimeSpan.FromSeconds(20);
        return _h2Load is not null && H2Load.Can(load)
            ? _h2Load.RunAsync(proxy.Address, load, calls, limit, stop)
            : _own.RunAsync(proxy.Address, load, calls, limit, stop);
    }

    /// <summary>Whether one call gets through and back.</summary>
    public async Task<bool> AnswersAsync(RunningProxy proxy, Setup setup, CancellationToken stop)
    {
        var one = new LoadCase { Name = "probe", About = "", Protocol = setup.Protocol, Connections = 1, Streams = 1 };
        return (await _own.RunAsync(proxy.Address, one, 1, TimeSpan.FromSeconds(5), stop)).Succeeded == 1;
    }

    public Task<IdleConnections> OpenIdleAsync(RunningProxy proxy, int connections, CancellationToken stop) =>
        _own.OpenIdleAsync(proxy.Address, connections, stop);

    /// <summary>Starts a proxy and waits until a call gets through.</summary>
    public async Task<RunningProxy> StartAsync(Proxy proxy, ProxySetting setting, CancellationToken stop)
    {
        var running = await proxy.StartAsync(setting);
        var deadline = TimeProvider.System.GetTimestamp() + (30 * TimeProvider.System.TimestampFrequency);
        try
        {
            while (!await AnswersAsync(running, setting.Setup, stop))
            {
                if (running.Process is { IsRunning: false } || TimeProvider.System.GetTimestamp() > deadline)
                {
                    throw running.Process?.Failed("does not answer calls") ?? new BenchFailedException($"{proxy.Name} does not answer calls");
                }

                await Task.Delay(1, stop);
            }

            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Backend.DisposeAsync();
        _own.Dispose();
        _collector.Dispose();
        _folder.Delete(recursive: true);
    }
}
