using System.Text;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Snapshot;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>A client of a control plane that says what a test has it say, on a clock that the test moves.</summary>
public abstract class ControlPlaneClientFixture : IAsyncLifetime
{
    private protected readonly CancellationTokenSource _stop = new();
    private protected readonly FakeTimeProvider _time = new();
    private protected readonly ToldText _told = new();
    private protected readonly Log _log;
    private protected ServiceDirectory _directory;
    private protected ScriptedControlPlane _plane = null!;
    private protected ControlPlaneChannels? _channels;
    private protected ControlPlaneClient _client = null!;
    private protected Task _running = Task.CompletedTask;

    protected ControlPlaneClientFixture()
    {
        _log = new Log(LogLevel.Information, _told, _time);
        _directory = new ServiceDirectory([], isWhole: false, _time);
    }

    public async Task InitializeAsync() => _plane = await ScriptedControlPlane.StartAsync();

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _plane.DisposeAsync();
        await _running.WaitAsync(Wait.Limit);
        _channels?.Dispose();
    }

    private protected static string Shown(ScriptedControlPlane plane) => plane.Url.GetLeftPart(UriPartial.Authority);

    private protected async Task AdvanceUntilAcknowledgedAsync(ScriptedStream stream)
    {
        var ack = stream.AckAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        await ack;
    }

    private protected SnapshotCache Cache(DirectoryInfo folder) => new(folder.FullName, "orders", _time, _log);

    private protected void Start(Uri[] urls, params string[] declared) => Start(urls, null, declared);

    private protected void Start(Uri[] urls, SnapshotCache? cache, params string[] declared)
    {
        _channels = new ControlPlaneChannels(urls, _time, _log);
        _client = Client(cache, declared);
        _running = _client.RunAsync(_stop.Token);
    }

    private protected ControlPlaneClient Client(SnapshotCache? cache, params string[] declared) =>
        new(new Hello { Service = "orders", InstanceId = "orders-1" }, declared, _channels!, _directory, new Random(1), _time, _log, cache);

    private protected Cluster? Cluster(string service) => _directory.Current.Find(Encoding.UTF8.GetBytes(service));

    /// <summary>A stream that comes after a pause.</summary>
    private protected async Task<ScriptedStream> NextStreamAsync()
    {
        var next = _plane.StreamAsync();
        await AdvanceUntilAsync(() => next.IsCompleted);
        return await next;
    }

    private protected Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(50));
        return condition();
    });
}
