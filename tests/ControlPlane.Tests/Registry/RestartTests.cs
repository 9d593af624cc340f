using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>A registry over the store that a former one has left.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly RegistryFixture _former = new(new RegistryOptions { MaxStoppedServices = 2 });
    private readonly List<RegistryFixture> _later = [];

    public void Dispose()
    {
        _later.ForEach(fixture => fixture.Dispose());
        _former.Dispose();
    }

    [Fact]
    public void Everything_is_as_it_was()
    {
        var registration = Make.Registration();
        registration.Methods.Add(new ServedMethod { Protocol = "grpc", Path = "/a.A/A" });
        registration.Dependencies.Add("users");
        var holder = _former.Register(registration);
        _former.Heartbeat(holder, ServiceStatus.Unhealthy, "no answer");
        _former.Register(Make.Registration("users", "a/b"));
        _former.Register(Make.Registration("gone"));
        _former.Deregister("gone");

        var restarted = Restart();
        Assert.Equal(_former.Registry.State.Revision, restarted.Registry.State.Revision);
        Assert.Equal(2, restarted.Registry.State.InstanceCount);
        Assert.Equal(_former.Find(), restarted.Find());
        Assert.Equal(_former.Find("users", "a/b"), restarted.Find("users", "a/b"));
        foreach (var name in new[] { "orders", "users", "gone" })
        {
            var (before, after) = (_former.Registry.State.Services[name], restarted.Registry.State.Services[name]);
            Assert.Equal(ServiceSummary.Of(before), ServiceSummary.Of(after));
            Assert.Equal(before.EndpointsRevision, after.EndpointsRevision);
        }
    }

    [Fact]
    public void The_version_of_endpoints_does_not_go_back_when_the_last_change_was_a_removal()
    {
        _former.Register(Make.Registration(id: "stays"));
        _former.Register(Make.Registration(id: "goes"));
        _former.Deregister("orders", "goes");
        Assert.Equal(_former.Registry.State.Services["orders"].EndpointsRevision, Restart().Registry.State.Services["orders"].EndpointsRevision);
    }

    [Fact]
    public void Instances_have_one_ttl_from_the_start_of_serving_to_come_back()
    {
        _former.Register(Make.Registration(id: "back"));
        _former.Register(Make.Registration(id: "dead"));
        _former.Dispose();
        _former.Time.Advance(TimeSpan.FromHours(1));
        var restarted = Restart();
        restarted.Pass(RegistryFixture.Ttl - TimeSpan.FromSeconds(1));
        Assert.Equal(2, restarted.Registry.State.InstanceCount);
        var revision = restarted.Registry.State.Revision;
        var holder = restarted.Register(Make.Registration(id: "back"));
        // It is the same as before, and nobody has to be told.
        Assert.Equal(revision, restarted.Registry.State.Revision);
        // Others may be behind it in the queue; then the time is up.
        restarted.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(2, restarted.Registry.State.InstanceCount);
        Assert.Equal(RegisterOutcome.Applied, restarted.Heartbeat(holder));
        restarted.Pass(RegistryFixture.Ttl - TimeSpan.FromSeconds(1));
        Assert.Equal(["back"], restarted.Registry.State.Services["orders"].Instances.Keys);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(2.5)]
    public void However_long_the_start_takes_that_ttl_is_whole(double ttls)
    {
        _former.Register();
        var restarted = Restart(startTakes: RegistryFixture.Ttl * ttls);
        restarted.Pass(RegistryFixture.Ttl - TimeSpan.FromSeconds(1));
        Assert.Equal(1, restarted.Registry.State.InstanceCount);
        restarted.Pass(RegistryFixture.Ttl + TimeSpan.FromSeconds(2));
        Assert.Equal(0, restarted.Registry.State.InstanceCount);
    }

    [Fact]
    public void Those_who_come_back_do_not_hold_the_others_for_ever()
    {
        for (var i = 0; i < 100; i++)
        {
            _former.Register(Make.Registration(id: $"i{i}"));
        }

        var restarted = Restart();
        for (var i = 0; i < 20; i++)
        {
            restarted.Register(Make.Registration(id: $"i{i}"));
            restarted.Pass(RegistryFixture.Ttl / 2);
        }

        Assert.DoesNotContain("i99", restarted.Registry.State.Services["orders"].Instances.Keys);
    }

    [Fact]
    public async Task A_watch_resumes_with_what_happened_before_the_restart()
    {
        var holder = _former.Register(Make.Registration(id: "a"));
        var seen = _former.Registry.State.Revision;
        _former.Heartbeat(holder, ServiceStatus.Healthy);
        _former.Register(Make.Registration(id: "b"));
        _former.Deregister("orders", "a");

        var restarted = Restart();
        await using var events = new EventReader(restarted.Registry.Watch([], seen)!);
        restarted.Register(Make.Registration(id: "c"));
        var changes = await events.ChangesUntilAsync(restarted.Registry.State.Revision);
        Assert.Equal(
            ["Updated a status: HEALTHY", "Added b registered", "Removed a deregistered", "Added c registered"],
            changes.Select(change => $"{change.Kind} {change.Instance.Id} {change.Reason}"));
        Assert.Equal(ServiceStatus.Healthy, changes[2].Instance.Status);
    }

    [Fact]
    public async Task A_watch_from_another_history_begins_with_a_snapshot()
    {
        _former.Register();
        using var other = new RegistryFixture(time: new(_former.Time.GetUtcNow().AddMilliseconds(5)));
        other.Register(Make.Registration(id: "x"));
        await using var events = new EventReader(other.Registry.Watch([], _former.Registry.State.Revision)!);
        Assert.Equal("x", Assert.Single((await events.SnapshotAsync()).Instances).Id);
    }

    [Fact]
    public void What_was_forgotten_stays_forgotten_and_the_bound_holds_on()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            _former.Register(Make.Registration(name));
            _former.Deregister(name);
        }

        var restarted = Restart();
        Assert.Equal(["b", "c"], restarted.Registry.State.Services.Keys);
        restarted.Register(Make.Registration("d"));
        restarted.Deregister("d");
        Assert.Equal(["c", "d"], restarted.Registry.State.Services.Keys);
    }

    private RegistryFixture Restart(TimeSpan startTakes = default)
    {
        _former.Dispose();
        var restarted = new RegistryFixture(new RegistryOptions { MaxStoppedServices = 2 }, _former.Time, _former.Store, startTakes);
        _later.Add(restarted);
        return restarted;
    }
}
