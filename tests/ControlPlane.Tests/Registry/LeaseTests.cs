using Mesh.ControlPlane.Registry;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;
using static Mesh.V1.RegistryChange.Types;

namespace Mesh.ControlPlane.Tests.Registry;

public sealed class LeaseTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_lease_without_heartbeats_expires_after_its_ttl_and_no_sooner()
    {
        _fixture.Register();
        _fixture.Pass(RegistryFixture.Ttl - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(_fixture.Find());
        _fixture.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Null(_fixture.Find());
        Assert.Equal(1, _fixture.Counters.LeasesExpired);
    }

    [Fact]
    public void Heartbeats_keep_a_lease_and_are_no_change()
    {
        var holder = _fixture.Register();
        var revision = _fixture.Registry.State.Revision;
        for (var i = 0; i < 10; i++)
        {
            _fixture.Pass(RegistryFixture.Ttl / 3);
            Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(holder));
        }

        Assert.Equal(_fixture.Time.GetUtcNow(), _fixture.Find()!.LastHeartbeat.ToDateTimeOffset());
        Assert.Equal(revision, _fixture.Registry.State.Revision);
    }

    [Fact]
    public void A_broken_stream_starts_the_ttl()
    {
        var holder = _fixture.Register();
        _fixture.Pass(RegistryFixture.Ttl / 2);
        _fixture.Registry.Release(holder);
        _fixture.Pass(RegistryFixture.Ttl - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(_fixture.Find());
        _fixture.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Null(_fixture.Find());
    }

    [Fact]
    public async Task Expiry_is_a_removal_that_says_so()
    {
        _fixture.Register();
        await using var events = new EventReader(_fixture.Registry.Watch([], 0)!);
        await events.SnapshotAsync();
        _fixture.Pass(RegistryFixture.Ttl);
        var change = await events.ChangeAsync();
        Assert.Equal((Kind.Removed, "lease expired", "orders-1"), (change.Kind, change.Reason, change.Instance.Id));
    }

    [Fact]
    public void Each_lease_expires_at_its_own_time()
    {
        _fixture.Register(Make.Registration(id: "a"));
        _fixture.Pass(TimeSpan.FromSeconds(4));
        var renewed = _fixture.Register(Make.Registration(id: "b"));
        _fixture.Pass(TimeSpan.FromSeconds(4));
        _fixture.Register(Make.Registration(id: "c"));
        _fixture.Heartbeat(renewed);
        _fixture.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(["b", "c"], _fixture.Registry.State.Services["orders"].Instances.Keys);
        _fixture.Pass(TimeSpan.FromSeconds(8));
        Assert.Empty(_fixture.Registry.State.Services["orders"].Instances);
    }

    [Fact]
    public async Task The_same_id_takes_the_lease_over_without_a_gap()
    {
        var first = _fixture.Register();
        await using var events = new EventReader(_fixture.Registry.Watch([], 0)!);
        await events.SnapshotAsync();
        var registerTime = _fixture.Find()!.RegisterTime;
        _fixture.Pass(TimeSpan.FromSeconds(1));

        var second = _fixture.Register(Make.Registration(port: 9090));

        Assert.True(first.TakenOver.IsCancellationRequested);
        Assert.Equal(RegisterOutcome.LeaseOver, _fixture.Heartbeat(first));
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(second));
        var change = await events.ChangeAsync();
        Assert.Equal((Kind.Updated, 9090u), (change.Kind, change.Instance.Port));
        Assert.Equal(registerTime, change.Instance.RegisterTime);
    }

    [Fact]
    public void The_end_of_a_stream_whose_lease_was_taken_over_changes_nothing()
    {
        var first = _fixture.Register();
        var second = _fixture.Register();
        _fixture.Pass(RegistryFixture.Ttl / 2);
        _fixture.Heartbeat(second);
        _fixture.Registry.Release(first);
        _fixture.Pass(RegistryFixture.Ttl / 2);
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(second));
    }

    [Fact]
    public void A_broken_stream_that_comes_back_in_time_keeps_the_instance_and_its_revision()
    {
        var first = _fixture.Register();
        var revision = _fixture.Registry.State.Revision;
        _fixture.Registry.Release(first);
        _fixture.Pass(RegistryFixture.Ttl / 2);
        var second = _fixture.Register();
        _fixture.Pass(RegistryFixture.Ttl / 2);
        Assert.NotNull(_fixture.Find());
        Assert.Equal(revision, _fixture.Registry.State.Revision);
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(second));
    }

    [Fact]
    public void A_heartbeat_after_expiry_is_refused_and_a_registration_begins_anew()
    {
        var holder = _fixture.Register();
        _fixture.Pass(RegistryFixture.Ttl);
        Assert.Equal(RegisterOutcome.LeaseOver, _fixture.Heartbeat(holder));
        Assert.Equal(RegisterOutcome.Applied, _fixture.Register(Make.Registration(), holder));
        Assert.NotNull(_fixture.Find());
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(holder));
    }

    [Fact]
    public void A_stream_holds_one_instance_only()
    {
        var holder = _fixture.Register();
        Assert.Equal(RegisterOutcome.OtherInstance, _fixture.Register(Make.Registration(id: "other"), holder));
        Assert.Null(_fixture.Find(id: "other"));
    }

    [Fact]
    public void A_heartbeats_status_is_stored_with_its_reason()
    {
        var holder = _fixture.Register();
        Assert.Equal(ServiceStatus.Starting, _fixture.Find()!.Status);
        _fixture.Heartbeat(holder, ServiceStatus.Unhealthy, "connection refused");
        Assert.Equal((ServiceStatus.Unhealthy, "connection refused"), (_fixture.Find()!.Status, _fixture.Find()!.StatusReason));
        var revision = _fixture.Registry.State.Revision;
        _fixture.Heartbeat(holder, ServiceStatus.Unhealthy, "connection refused");
        _fixture.Heartbeat(holder);
        Assert.Equal(revision, _fixture.Registry.State.Revision);
    }

    [Fact]
    public void A_registration_without_status_keeps_it_on_the_same_stream_and_is_starting_on_another()
    {
        var holder = _fixture.Register();
        _fixture.Heartbeat(holder, ServiceStatus.Healthy);
        _fixture.Register(Make.Registration(port: 1), holder);
        Assert.Equal(ServiceStatus.Healthy, _fixture.Find()!.Status);
        _fixture.Register(Make.Registration(port: 1));
        Assert.Equal(ServiceStatus.Starting, _fixture.Find()!.Status);
    }

    [Fact]
    public void Deregistering_removes_at_once_and_once()
    {
        var holder = _fixture.Register();
        Assert.True(_fixture.Deregister("orders", "orders-1"));
        Assert.False(_fixture.Deregister("orders", "orders-1"));
        Assert.False(_fixture.Deregister("nobody", "x"));
        Assert.Equal(RegisterOutcome.LeaseOver, _fixture.Heartbeat(holder));
        _fixture.Pass(RegistryFixture.Ttl);
        Assert.Equal(0, _fixture.Counters.LeasesExpired);
    }

    [Fact]
    public void No_more_than_the_bound_can_register()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { MaxInstances = 2 });
        fixture.Register(Make.Registration(id: "a"));
        fixture.Register(Make.Registration(id: "b"));
        using var holder = new LeaseHolder();
        Assert.Equal(RegisterOutcome.Full, fixture.Register(Make.Registration(id: "c"), holder));
        fixture.Register(Make.Registration(id: "a", port: 1));
        fixture.Deregister("orders", "a");
        Assert.Equal(RegisterOutcome.Applied, fixture.Register(Make.Registration(id: "c"), holder));
    }

    [Fact]
    public void A_later_run_begins_above_every_revision_of_an_earlier_one()
    {
        for (var i = 0; i < 500; i++)
        {
            _fixture.Register(Make.Registration(id: $"i{i}"));
        }

        var last = _fixture.Registry.State.Revision;
        using var later = new RegistryFixture(time: new FakeTimeProvider(_fixture.Time.GetUtcNow().AddMilliseconds(1)));
        Assert.True(later.Registry.State.Revision > last);
    }
}
