using System.Diagnostics;
using System.Net;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>All simulated sidecars, on one loop. Any thread may call what is marked; the rest is the loop's.</summary>
internal sealed class Fleet : IDisposable
{
    private readonly SimulatedSidecar[] _sidecars;
    private readonly OwnLateness _lateness;
    private readonly Dictionary<string, int> _ended = new(StringComparer.Ordinal);
    private int _complete;
    private int _registered;
    private int _push;
    private string _pushed = "";
    private long _pushedAt;
    private int _pushTo;
    private List<double> _latencies = [];
    private TaskCompletionSource<IReadOnlyList<double>>? _pushDone;

    /// <param name="shape">Of the mesh.</param>
    /// <param name="targets">Where the control planes are.</param>
    public Fleet(MeshShape shape, IReadOnlyList<IPEndPoint> targets)
    {
        Shape = shape;
        Targets = targets;
        Loop = EventLoop.Create(TimeProvider.System, "fleet");
        _lateness = new OwnLateness(Loop);
        _sidecars = [.. Enumerable.Range(0, shape.Sidecars).Select(number => new SimulatedSidecar(this, number))];
        Loop.Start();
    }

    public MeshShape Shape { get; }

    /// <summary>Each sidecar begins with one of them, and goes on to the next when it loses that.</summary>
    public IReadOnlyList<IPEndPoint> Targets { get; }

    public EventLoop Loop { get; }

    public Random Random { get; } = new(1);

    public bool IsOver { get; private set; }

    /// <summary>Sidecars that know all instances of what they call. Any thread.</summary>
    public int Complete => Volatile.Read(ref _complete);

    /// <summary>Instances that hold a lease. Any thread.</summary>
    public int Registered => Volatile.Read(ref _registered);

    /// <summary>Everything is as it should be. Any thread.</summary>
    public bool IsSettled => Complete == Shape.Sidecars && Registered == Shape.Instances;

    /// <summary>Connects them, a few at a time, as a mesh is deployed. Any thread.</summary>
    public async Task ConnectAsync(CancellationToken stop)
    {
        foreach (var some in _sidecars.Chunk(50))
        {
            await Loop.InvokeAsync(() => Array.ForEach(some, sidecar => sidecar.Connect()));
            await Task.Delay(20, stop);
        }
    }

    /// <summary>
    /// Has one instance of a service change its status, and waits until all who have subscribed to it were told. Any thread.
    /// </summary>
    /// <returns>The time each took, in ms, and how late our own loop was meanwhile.</returns>
    public async Task<(IReadOnlyList<double> Latencies, TimeSpan OwnLateness)> PushAsync(string service, int to, TimeSpan limit, CancellationToken stop)
    {
        var done = new TaskCompletionSource<IReadOnlyList<double>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Loop.InvokeAsync(() =>
        {
            _push++;
            _pushed = service;
            _pushTo = to;
            _latencies = new List<double>(to);
            _pushDone = done;
            _lateness.Begin();
            _pushedAt = Stopwatch.GetTimestamp();
            // Instance 0 of a service is held by the sidecar of its number.
            var number = service == MeshShape.Everyones ? 0 : 1;
            _sidecars[number].Registrations[0].Toggle();
        });
        var latencies = await done.Task.WaitAsync(limit, stop);
        var lateness = TimeSpan.Zero;
        await Loop.InvokeAsync(() =>
        {
            lateness = _lateness.Most;
            _lateness.End();
        });
        return (latencies, lateness);
    }

    /// <summary>How registrations were ended by the control plane since the last time this was asked. Any thread.</summary>
    public async Task<string> TakeEndedAsync()
    {
        var text = "";
        await Loop.InvokeAsync(() =>
        {
            text = string.Join(", ", _ended.Select(pair => $"{pair.Value} with status {pair.Key}"));
            _ended.Clear();
        });
        return text;
    }

    public void OnPushed(SimulatedSidecar sidecar, string service)
    {
        if (service != _pushed || sidecar.LastPush == _push)
        {
            return;
        }

        sidecar.LastPush = _push;
        _latencies.Add(Stopwatch.GetElapsedTime(_pushedAt).TotalMilliseconds);
        if (_latencies.Count == _pushTo)
        {
            _pushDone?.TrySetResult(_latencies);
        }
    }

    public void OnCompletenessChanged(bool before, bool after)
    {
        if (before != after)
        {
            Volatile.Write(ref _complete, _complete + (after ? 1 : -1));
        }
    }

    public void OnRegistered(int more) => Volatile.Write(ref _registered, _registered + more);

    public void OnRegistrationEnded(string status) => _ended[status] = _ended.GetValueOrDefault(status) + 1;

    public void Dispose()
    {
        Loop.Post(() =>
        {
            IsOver = true;
            Array.ForEach(_sidecars, sidecar => sidecar.Close());
        });
        Loop.Stop();
    }
}
