using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class RegistryApiTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task An_instance_registers_and_is_found()
    {
        using var call = await _plane.RegisterAsync();
        var response = await call.HeartbeatAsync(ServiceStatus.Healthy);
        Assert.Equal(TimeSpan.FromSeconds(10), response.LeaseTtl.ToTimeSpan());

        var found = await _plane.Registry.GetServiceAsync(new() { Name = "orders" });
        Assert.Equal(response.Revision, found.Revision);
        Assert.Equal((ServiceStatus.Healthy, 1u), (found.Service.Status, found.Service.HealthyCount));
        var instance = Assert.Single(found.Instances);
        Assert.Equal(("orders-1", "10.0.0.1", 8080u, 100u), (instance.Id, instance.Address, instance.Port, instance.Weight));
        Assert.Equal(_plane.Time.GetUtcNow(), instance.RegisterTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task Services_and_instances_are_listed_and_filtered()
    {
        using var users = await _plane.RegisterAsync(Make.Register("users", "u1"));
        using var orders = await _plane.RegisterAsync(Make.Register("orders", "o1"));
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        Assert.Equal(["orders", "users"], (await _plane.Registry.ListServicesAsync(new())).Services.Select(service => service.Name));
        Assert.Equal(["o1", "u1"], (await _plane.Registry.ListInstancesAsync(new())).Instances.Select(instance => instance.Id));
        Assert.Equal(["u1"], (await _plane.Registry.ListInstancesAsync(new() { Service = "users" })).Instances.Select(instance => instance.Id));
        Assert.Equal(["o1"], (await _plane.Registry.ListInstancesAsync(new() { HealthyOnly = true })).Instances.Select(instance => instance.Id));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        var get = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Registry.GetServiceAsync(new() { Name = "no\nbody" }));
        Assert.Equal((StatusCode.NotFound, "no instance of service 'no body' was ever registered"), (get.StatusCode, get.Status.Detail));
        var deregister = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Registry.DeregisterAsync(new() { Service = "a", InstanceId = "b" }));
        Assert.Equal(StatusCode.NotFound, deregister.StatusCode);
    }

    [Fact]
    public async Task An_instance_is_deregistered_at_once_although_its_stream_lasts()
    {
        using var call = await _plane.RegisterAsync();
        await _plane.Registry.DeregisterAsync(new() { Service = "orders", InstanceId = "orders-1" });
        Assert.Empty((await _plane.Registry.ListInstancesAsync(new())).Instances);
        var late = await Assert.ThrowsAsync<RpcException>(() => call.HeartbeatAsync());
        Assert.Equal(StatusCode.FailedPrecondition, late.StatusCode);
    }

    [Fact]
    public async Task A_heartbeat_before_the_registration_is_refused()
    {
        using var call = new RegistrationCall(_plane.Registry.Register());
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.HeartbeatAsync());
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
    }

    [Fact]
    public async Task A_newer_stream_takes_the_lease_over_and_the_older_one_is_aborted()
    {
        using var older = await _plane.RegisterAsync();
        using var newer = await _plane.RegisterAsync();
        var end = await older.EndAsync();
        Assert.Equal((StatusCode.Aborted, "a newer stream has taken the lease over"), (end.StatusCode, end.Detail));
        await newer.HeartbeatAsync();
        Assert.Single((await _plane.Registry.ListInstancesAsync(new())).Instances);
    }

    [Fact]
    public async Task A_broken_stream_leaves_the_instance_for_one_ttl()
    {
        using var watch = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await watch.ResponseStream.MoveNext());
        var call = await _plane.RegisterAsync();
        Assert.True(await watch.ResponseStream.MoveNext());
        call.Dispose();
        Assert.Single((await _plane.Registry.ListInstancesAsync(new())).Instances);

        // The break may reach the server after the clock has moved; then the lease lasts from there.
        var next = watch.ResponseStream.MoveNext(Bound.Token());
        while (!next.IsCompleted)
        {
            _plane.Time.Advance(TimeSpan.FromSeconds(1));
            await _plane.Registry.ListServicesAsync(new());
        }

        Assert.True(await next);
        Assert.Equal("lease expired", watch.ResponseStream.Current.Change.Reason);
    }

    [Fact]
    public async Task An_orderly_end_of_the_requests_ends_the_stream_with_ok()
    {
        using var call = await _plane.RegisterAsync();
        await call.CompleteAsync();
        Assert.Equal(StatusCode.OK, (await call.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Two_hundred_at_once_are_each_seen_once_in_the_order_of_revisions()
    {
        using var watch = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await watch.ResponseStream.MoveNext());
        var start = watch.ResponseStream.Current.Snapshot.Revision;
        var calls = new ConcurrentBag<RegistrationCall>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 200),
            new ParallelOptions { MaxDegreeOfParallelism = 50 },
            async (i, _) => calls.Add(await _plane.RegisterAsync(Make.Register($"s{i % 10}", $"i{i}"))));

        var ids = new HashSet<string>();
        for (var i = 1; i <= 200; i++)
        {
            Assert.True(await watch.ResponseStream.MoveNext());
            var change = watch.ResponseStream.Current.Change;
            Assert.Equal((start + i, RegistryChange.Types.Kind.Added), (change.Revision, change.Kind));
            Assert.True(ids.Add(change.Instance.Id));
        }

        foreach (var call in calls)
        {
            call.Dispose();
        }
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_delays_nobody_and_is_sent_a_snapshot_later()
    {
        await using var plane = await TestPlane.StartAsync(Make.Undamped with { ChangeLogLength = 16 });
        using var slow = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await slow.ResponseStream.MoveNext());
        using var quick = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await quick.ResponseStream.MoveNext());

        // Enough that the slow one's flow control window and buffers are full long before the end.
        const int changes = 1000;
        var registration = Make.Registration();
        for (var i = 0; i < 50; i++)
        {
            registration.Instance.Metadata.Add($"label-{i}", new string('x', 200));
        }

        using var holder = new LeaseHolder();
        for (var i = 1; i <= changes; i++)
        {
            registration.Instance.Port = (uint)i;
            Assert.Equal(RegisterOutcome.Applied, (await plane.Model.RegisterAsync(registration, holder)).Outcome);
            Assert.True(await quick.ResponseStream.MoveNext());
            Assert.Equal((uint)i, quick.ResponseStream.Current.Change.Instance.Port);
        }

        RegistrySnapshot? snapshot = null;
        var read = 0;
        while (snapshot is null)
        {
            Assert.True(await slow.ResponseStream.MoveNext());
            snapshot = slow.ResponseStream.Current.Snapshot;
            read++;
        }

        Assert.InRange(read, 1, changes - 1);
        Assert.Equal((uint)changes, Assert.Single(snapshot.Instances).Port);
        registration.Instance.Port = 8080;
        await plane.Model.RegisterAsync(registration, holder);
        Assert.True(await slow.ResponseStream.MoveNext());
        Assert.Equal(snapshot.Revision + 1, slow.ResponseStream.Current.Change.Revision);
    }

    [Fact]
    public async Task A_watch_resumes_where_it_was_broken_off()
    {
        using var first = await _plane.RegisterAsync(Make.Register(id: "a"));
        var seen = (await _plane.Registry.ListServicesAsync(new())).Revision;
        using var second = await _plane.RegisterAsync(Make.Register(id: "b"));
        using var watch = _plane.Registry.Watch(new() { FromRevision = seen }, cancellationToken: Bound.Token());
        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal("b", watch.ResponseStream.Current.Change.Instance.Id);
    }

    [Theory]
    [InlineData("Orders", 0, "services[0]: 'Orders' is not a name of 1 to 63 small letters, digits and inner hyphens (for example orders)")]
    [InlineData("orders", -1, "from_revision: must not be negative; 0 begins with a snapshot")]
    public async Task A_bad_watch_is_refused(string service, long from, string fault)
    {
        using var watch = _plane.Registry.Watch(new() { Services = { service }, FromRevision = from });
        var refused = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext());
        Assert.Equal((StatusCode.InvalidArgument, fault), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_full_registry_says_so()
    {
        await using var plane = await TestPlane.StartAsync(new RegistryOptions { MaxInstances = 1 });
        using var one = await plane.RegisterAsync(Make.Register(id: "a"));
        var refused = await Assert.ThrowsAsync<RpcException>(() => plane.RegisterAsync(Make.Register(id: "b")));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }
}
