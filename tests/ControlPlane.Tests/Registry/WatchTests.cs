using Mesh.ControlPlane.Registry;
using Mesh.V1;
using static Mesh.V1.RegistryChange.Types;

namespace Mesh.ControlPlane.Tests.Registry;

public sealed class WatchTests : IDisposable
{
    private readonly RegistryFixture _fixture = new(new RegistryOptions { ChangeLogLength = 20 });

    public void Dispose() => _fixture.Dispose();

    private ServiceRegistry Registry => _fixture.Registry;

    [Fact]
    public async Task A_watch_begins_with_a_snapshot_and_goes_on_with_every_change()
    {
        var holder = _fixture.Register();
        await using var events = new EventReader(Registry.Watch([], 0)!);
        var snapshot = await events.SnapshotAsync();
        Assert.Equal("orders-1", Assert.Single(snapshot.Instances).Id);
        Assert.Equal("orders", Assert.Single(snapshot.Services).Name);

        _fixture.Register(Make.Registration(id: "orders-2"));
        _fixture.Heartbeat(holder, ServiceStatus.Healthy);
        var last = await Registry.DeregisterAsync("orders", "orders-2");

        var changes = await events.ChangesUntilAsync(last!.Value);
        Assert.Equal([Kind.Added, Kind.Updated, Kind.Removed], changes.Select(change => change.Kind));
        Assert.Equal(["registered", "status: HEALTHY", "deregistered"], changes.Select(change => change.Reason));
        Assert.Equal([1L, 2, 3], changes.Select(change => change.Revision - snapshot.Revision));
        Assert.All(changes, change => Assert.Equal(change.Revision, change.Instance.Revision));
    }

    [Fact]
    public async Task A_watch_of_some_services_hears_of_no_other()
    {
        _fixture.Register(Make.Registration("users", "u"));
        await using var events = new EventReader(Registry.Watch(["orders"], 0)!);
        Assert.Empty((await events.SnapshotAsync()).Services);
        _fixture.Register(Make.Registration("users", "u2"));
        _fixture.Register();
        Assert.Equal("orders", (await events.ChangeAsync()).Instance.Service);
    }

    [Fact]
    public async Task A_watch_resumes_from_a_revision_that_is_remembered()
    {
        _fixture.Register(Make.Registration(id: "seen"));
        var seen = Registry.State.Revision;
        _fixture.Register(Make.Registration(id: "missed-1"));
        _fixture.Register(Make.Registration(id: "missed-2"));
        await using var events = new EventReader(Registry.Watch([], seen)!);
        _fixture.Register(Make.Registration(id: "new"));
        var changes = await events.ChangesUntilAsync(Registry.State.Revision);
        Assert.Equal(["missed-1", "missed-2", "new"], changes.Select(change => change.Instance.Id));
    }

    [Fact]
    public async Task A_watch_that_has_seen_all_resumes_with_what_is_new()
    {
        _fixture.Register(Make.Registration(id: "seen"));
        await using var events = new EventReader(Registry.Watch([], Registry.State.Revision)!);
        _fixture.Register(Make.Registration(id: "new"));
        Assert.Equal("new", (await events.ChangeAsync()).Instance.Id);
    }

    [Theory]
    [InlineData(-21)] // One more than the log remembers.
    [InlineData(+1)] // From the future: another run's.
    public async Task A_watch_from_a_revision_that_is_not_remembered_begins_with_a_snapshot(int offset)
    {
        for (var i = 0; i < 30; i++)
        {
            _fixture.Register(Make.Registration(id: $"i{i}"));
        }

        await using var events = new EventReader(Registry.Watch([], Registry.State.Revision + offset)!);
        Assert.Equal(30, (await events.SnapshotAsync()).Instances.Count);
    }

    [Fact]
    public async Task The_oldest_revision_remembered_can_be_resumed_from()
    {
        for (var i = 0; i < 30; i++)
        {
            _fixture.Register(Make.Registration(id: $"i{i}"));
        }

        await using var events = new EventReader(Registry.Watch([], Registry.State.Revision - 20)!);
        var changes = await events.ChangesUntilAsync(Registry.State.Revision);
        Assert.Equal(Enumerable.Range(10, 20).Select(i => $"i{i}"), changes.Select(change => change.Instance.Id));
    }

    [Fact]
    public async Task A_revision_of_an_earlier_run_leads_to_a_snapshot()
    {
        _fixture.Register();
        await using var events = new EventReader(Registry.Watch([], Registry.State.Revision - 1_000_000)!);
        Assert.Single((await events.SnapshotAsync()).Instances);
    }

    [Fact]
    public async Task A_watcher_that_falls_behind_gets_a_snapshot_in_place_of_what_it_missed()
    {
        await using var slow = new EventReader(Registry.Watch([], 0)!);
        await slow.SnapshotAsync();
        await using var quick = new EventReader(Registry.Watch([], 0)!);
        await quick.SnapshotAsync();
        for (var i = 0; i < 100; i++)
        {
            _fixture.Register(Make.Registration(id: $"i{i}"));
            Assert.Equal($"i{i}", (await quick.ChangeAsync()).Instance.Id);
        }

        var snapshot = await slow.SnapshotAsync();
        Assert.Equal(100, snapshot.Instances.Count);
        Assert.Equal(1, _fixture.Counters.WatchesRestarted);
        _fixture.Register(Make.Registration(id: "next"));
        Assert.Equal(snapshot.Revision + 1, (await slow.ChangeAsync()).Revision);
    }

    [Fact]
    public async Task A_watcher_that_is_just_full_misses_nothing()
    {
        await using var events = new EventReader(Registry.Watch([], 0)!);
        await events.SnapshotAsync();
        for (var i = 0; i < 20; i++)
        {
            _fixture.Register(Make.Registration(id: $"i{i}"));
        }

        Assert.Equal(20, (await events.ChangesUntilAsync(Registry.State.Revision)).Count);
    }

    [Fact]
    public async Task A_watcher_that_is_gone_is_offered_nothing()
    {
        var events = new EventReader(Registry.Watch([], 0)!);
        Assert.Equal(1, Registry.WatcherCount);
        await events.DisposeAsync();
        Assert.Equal(0, Registry.WatcherCount);
        _fixture.Register();
    }

    [Fact]
    public async Task Changes_made_at_once_from_many_threads_are_seen_once_each_and_in_order()
    {
        using var fixture = new RegistryFixture();
        await using var events = new EventReader(fixture.Registry.Watch([], 0)!);
        var start = (await events.SnapshotAsync()).Revision;
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), async (i, _) =>
            await fixture.Registry.RegisterAsync(Make.Registration($"service-{i % 7}", $"i{i}"), new LeaseHolder()));
        var changes = await events.ChangesUntilAsync(start + 500);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => start + i), changes.Select(change => change.Revision));
        Assert.Equal(500, changes.Select(change => change.Instance.Id).Distinct().Count());
    }
}
