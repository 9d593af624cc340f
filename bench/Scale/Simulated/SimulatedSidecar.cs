using System.Globalization;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>
/// One connection with a stream of discovery and one for each instance it holds; comes back as the real one does. Everything
/// on the fleet's loop.
/// </summary>
internal sealed class SimulatedSidecar : IConnectionHandler, ITimerTarget
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly WireOptions Options = new() { ConnectionWindow = 4 * 1024 * 1024 };
    private static readonly ViolationCounters Violations = new();

    private readonly Fleet _fleet;
    private readonly LoopTimer _timer;
    private Http2Connection? _connection;
    private int _target;
    private TimeSpan _pause = ShortestPause;

    public SimulatedSidecar(Fleet fleet, int number)
    {
        _fleet = fleet;
        _timer = new LoopTimer(this);
        _target = number;
        Name = string.Create(CultureInfo.InvariantCulture, $"sidecar-{number:00000}");
        Subscriptions = fleet.Shape.SubscriptionsOf(number);
        Discovery = new DiscoveryStream(this, fleet);
        Registrations = [.. fleet.Shape.InstancesOf(number).Select(instance => new RegisterStream(this, fleet, instance.Service, instance.Number))];
    }

    public string Name { get; }

    public IReadOnlyList<string> Subscriptions { get; }

    public DiscoveryStream Discovery { get; }

    public IReadOnlyList<RegisterStream> Registrations { get; }

    /// <summary>The last push that it was counted for.</summary>
    public int LastPush { get; set; }

    public void Connect()
    {
        if (!_fleet.IsOver)
        {
            _connection = Http2Connection.Connect(_fleet.Loop, _fleet.Targets[_target % _fleet.Targets.Count], this, Options, Violations);
            OpenStreams();
        }
    }

    /// <summary>One of its streams has ended, perhaps with all the others.</summary>
    public void OnStreamEnded() => ComeBackLater();

    /// <summary>One of its instances holds a lease: it went well.</summary>
    public void OnRegistered() => _pause = ShortestPause;

    public void Close() => _connection?.Abort(Wire.Http2.Frames.ErrorCode.NoError, "the run is over");

    void ITimerTarget.OnTimer(int kind)
    {
        if (_connection is { IsUsedUp: false })
        {
            OpenStreams();
        }
        else
        {
            Connect();
        }
    }

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
        if (connection == _connection)
        {
            _connection = null;
            _target++;
            ComeBackLater();
        }
    }

    private void OpenStreams()
    {
        Discovery.Open(_connection!);
        foreach (var registration in Registrations)
        {
            registration.Open(_connection!);
        }
    }

    private void ComeBackLater()
    {
        if (!_timer.IsScheduled && !_fleet.IsOver)
        {
            _fleet.Loop.Timers.Schedule(_timer, _fleet.Loop.Now + (long)(_pause.Ticks * _fleet.Random.NextDouble()));
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
    }
}
