using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>An instance that never rests: others see a few changes of it a second, and always the last.</summary>
public sealed class DampingTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Of_thousands_of_changes_of_one_instance_a_few_a_second_are_stored_and_the_last_always_is()
    {
        var holder = _fixture.Register();
        await using var events = new EventReader(_fixture.Registry.Watch([], 0)!);
        var start = (await events.SnapshotAsync()).Revision;
        for (var i = 0; i < 15_000; i++)
        {
            Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(holder, i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy, $"change {i}"));
            if (i % 15 == 0)
            {
                _fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        _fixture.Pass(TimeSpan.FromSeconds(1));
        Assert.InRange(_fixture.Registry.State.Revision - start, 2, 15);
        Assert.Equal((ServiceStatus.Unhealthy, "change 14999"), (_fixture.Find()!.Status, _fixture.Find()!.StatusReason));
        var last = (await events.ChangesUntilAsync(_fixture.Registry.State.Revision))[^1];
        Assert.Equal("change 14999", last.Instance.StatusReason);
    }

    [Fact]
    public void A_last_word_that_is_what_is_stored_already_changes_nothing()
    {
        var holder = _fixture.Register();
        Exhaust(holder);
        var revision = _fixture.Registry.State.Revision;
        var status = _fixture.Find()!;
        _fixture.Heartbeat(holder, ServiceStatus.Draining, "for a moment");
        _fixture.Heartbeat(holder, status.Status, status.StatusReason);
        _fixture.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(revision, _fixture.Registry.State.Revision);
    }

    [Fact]
    public void Registrations_of_one_instance_are_damped_as_well_and_keep_what_heartbeats_said()
    {
        var holder = _fixture.Register();
        var start = _fixture.Registry.State.Revision;
        for (uint port = 1; port <= 1000; port++)
        {
            Assert.Equal(RegisterOutcome.Applied, _fixture.Register(Make.Registration(port: port), holder));
        }

        _fixture.Heartbeat(holder, ServiceStatus.Healthy, "at last");
        Assert.InRange(_fixture.Registry.State.Revision - start, 1, 10);
        _fixture.Pass(TimeSpan.FromSeconds(1));
        Assert.InRange(_fixture.Registry.State.Revision - start, 1, 10);
        var instance = _fixture.Find()!;
        Assert.Equal((1000u, ServiceStatus.Healthy, "at last"), (instance.Port, instance.Status, instance.StatusReason));
    }

    [Fact]
    public void What_is_held_of_a_former_stream_does_not_become_the_next_one_s()
    {
        var former = _fixture.Register();
        Exhaust(former);
        _fixture.Registry.Release(former);
        _fixture.Register(Make.Registration(port: 9999));
        _fixture.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal((9999u, ServiceStatus.Starting), (_fixture.Find()!.Port, _fixture.Find()!.Status));
    }

    [Fact]
    public void One_that_does_not_rest_delays_no_other_and_a_few_changes_at_once_are_no_unrest()
    {
        Exhaust(_fixture.Register());
        var other = _fixture.Register(Make.Registration(id: "other"));
        foreach (var status in new[] { ServiceStatus.Healthy, ServiceStatus.Unhealthy, ServiceStatus.Draining })
        {
            _fixture.Heartbeat(other, status);
            Assert.Equal(status, _fixture.Find(id: "other")!.Status);
        }
    }

    [Fact]
    public void What_is_held_of_an_instance_that_goes_goes_with_it()
    {
        var holder = _fixture.Register();
        Exhaust(holder);
        Assert.True(_fixture.Deregister());
        var revision = _fixture.Registry.State.Revision;
        _fixture.Pass(TimeSpan.FromSeconds(2));
        Assert.Null(_fixture.Find());
        Assert.Equal(revision, _fixture.Registry.State.Revision);
    }

    private void Exhaust(LeaseHolder holder)
    {
        for (var i = 0; i < 100; i++)
        {
            _fixture.Heartbeat(holder, i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy);
        }

        _fixture.Pass(TimeSpan.FromMilliseconds(300));
        for (var i = 0; i < 10; i++)
        {
            _fixture.Heartbeat(holder, ServiceStatus.Starting, $"{i}");
        }

        _fixture.Pass(TimeSpan.FromMilliseconds(260));
        _fixture.Heartbeat(holder, ServiceStatus.Healthy, "held");
        Assert.NotEqual("held", _fixture.Find()!.StatusReason);
    }
}
