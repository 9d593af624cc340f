using System.Globalization;
using Mesh.V1;
using Mesh.Wire.Timers;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>Registers one instance and keeps its lease.</summary>
internal sealed class RegisterStream : SimulatedStream, ITimerTarget
{
    private const string Ended = "";
    private const int HeartbeatsPerLease = 3;

    private readonly SimulatedSidecar _sidecar;
    private readonly Fleet _fleet;
    private readonly Registration _registration;
    private readonly LoopTimer _timer;
    private ServiceStatus _status = ServiceStatus.Healthy;
    private long _interval;
    private bool _isRegistered;

    public RegisterStream(SimulatedSidecar sidecar, Fleet fleet, int service, int number)
        : base("/mesh.v1.Registry/Register")
    {
        _sidecar = sidecar;
        _fleet = fleet;
        _timer = new LoopTimer(this);
        _registration = new Registration
        {
            Instance = new Instance
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"i-{number:000}"),
                Service = MeshShape.NameOf(service),
                Address = string.Create(CultureInfo.InvariantCulture, $"10.{number}.{service / 256}.{service % 256}"),
                Port = 15006,
                Version = "v1",
                Locality = new Locality { Region = "eu-west", Zone = "eu-west-1a" },
                Status = ServiceStatus.Healthy,
            },
            Incarnation = Guid.NewGuid().ToString("N"),
        };
    }

    /// <summary>Says that its app's health is another than before.</summary>
    public void Toggle()
    {
        _status = _status == ServiceStatus.Healthy ? ServiceStatus.Unhealthy : ServiceStatus.Healthy;
        Beat();
    }

    void ITimerTarget.OnTimer(int kind)
    {
        if (IsOpen)
        {
            Beat();
            _fleet.Loop.Timers.Schedule(_timer, _fleet.Loop.Now + _interval);
        }
    }

    protected override void OnOpened()
    {
        _registration.Instance.Status = _status;
        Send(new RegisterRequest { Registration = _registration });
    }

    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
        if (_isRegistered)
        {
            return;
        }

        _isRegistered = true;
        _fleet.OnRegistered(1);
        _sidecar.OnRegistered();
        _interval = RegisterResponse.Parser.ParseFrom(message).LeaseTtl.ToTimeSpan().Ticks / HeartbeatsPerLease;
        // So that not all beat at once, as they would not in a mesh that has grown.
        _fleet.Loop.Timers.Schedule(_timer, _fleet.Loop.Now + (long)(_interval * _fleet.Random.NextDouble()));
    }

    protected override void OnEnded(string status)
    {
        _timer.Cancel();
        if (_isRegistered)
        {
            _isRegistered = false;
            _fleet.OnRegistered(-1);
        }

        if (status != Ended)
        {
            _fleet.OnRegistrationEnded(status);
        }

        _sidecar.OnStreamEnded();
    }

    private void Beat() => Send(new RegisterRequest { Heartbeat = new Heartbeat { Status = _status } });
}
