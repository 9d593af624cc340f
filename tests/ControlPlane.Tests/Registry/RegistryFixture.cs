using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Tests.Store;
using Mesh.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>A registry on a clock the test moves, without a server around it.</summary>
internal sealed class RegistryFixture : IDisposable
{
    private readonly JournalFixture _journal;

    public RegistryFixture(RegistryOptions? options = null, FakeTimeProvider? time = null, IStore? store = null, TimeSpan startTakes = default)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        Store = store ?? new MemoryStore(Time);
        _journal = new JournalFixture(Store);
        Registry = new ServiceRegistry(Time, options ?? new RegistryOptions(), _journal.Journal, _journal.Replica, Counters, NullLogger<ServiceRegistry>.Instance);
        _journal.Start();
        Pass(startTakes);
        Registry.BeginServing();
    }

    public FakeTimeProvider Time { get; }

    public IStore Store { get; }

    public Counters Counters { get; } = new();

    public ServiceRegistry Registry { get; }

    public static TimeSpan Ttl { get; } = new RegistryOptions().LeaseTtl;

    public LeaseHolder Register(Registration? registration = null)
    {
        var holder = new LeaseHolder();
        Assert.Equal(RegisterOutcome.Applied, Register(registration ?? Make.Registration(), holder));
        return holder;
    }

    public RegisterOutcome Register(Registration registration, LeaseHolder holder) => Answer(registration, holder).Outcome;

    public RegisterAnswer Answer(Registration registration, LeaseHolder holder) => Done(Registry.RegisterAsync(registration, holder));

    public RegisterOutcome Heartbeat(LeaseHolder holder, ServiceStatus status = ServiceStatus.Unspecified, string reason = "") =>
        Done(Registry.HeartbeatAsync(holder, Make.Heartbeat(status, reason)).AsTask()).Outcome;

    public bool Deregister(string service = "orders", string id = "orders-1") => Done(Registry.DeregisterAsync(service, id)) is not null;

    /// <summary>Time passes, and timers are on time; a clock that jumps is a process that stood still.</summary>
    public void Pass(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(10);
        for (; time > step; time -= step)
        {
            Time.Advance(step);
        }

        Time.Advance(time);
    }

    public Instance? Find(string service = "orders", string id = "orders-1") =>
        Registry.State.Services.GetValueOrDefault(service)?.Instances.GetValueOrDefault(id)?.ToMessage();

    public void Dispose()
    {
        Registry.Dispose();
        _journal.Dispose();
    }

    // The store in memory makes nobody wait; only when several change things at once does one deliver for another.
    private static T Done<T>(Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return new ValueTask<T>(task).Result;
    }
}
