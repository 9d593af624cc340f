using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Registry;
using Mesh.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>A registry on a clock the test moves, without a server around it.</summary>
internal sealed class RegistryFixture : IDisposable
{
    public RegistryFixture(RegistryOptions? options = null, FakeTimeProvider? time = null)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        Registry = new ServiceRegistry(Time, options ?? new RegistryOptions(), Counters, NullLogger<ServiceRegistry>.Instance);
    }

    public FakeTimeProvider Time { get; }

    public Counters Counters { get; } = new();

    public ServiceRegistry Registry { get; }

    public static TimeSpan Ttl { get; } = new RegistryOptions().LeaseTtl;

    public LeaseHolder Register(Registration? registration = null)
    {
        var holder = new LeaseHolder();
        Assert.Equal(RegisterOutcome.Applied, Registry.Register(registration ?? Make.Registration(), holder, out _));
        return holder;
    }

    public RegisterOutcome Heartbeat(LeaseHolder holder, ServiceStatus status = ServiceStatus.Unspecified, string reason = "") =>
        Registry.Heartbeat(holder, Make.Heartbeat(status, reason), out _);

    public Instance? Find(string service = "orders", string id = "orders-1") =>
        Registry.State.Services.GetValueOrDefault(service)?.Instances.GetValueOrDefault(id)?.ToMessage();

    public void Dispose() => Registry.Dispose();
}
