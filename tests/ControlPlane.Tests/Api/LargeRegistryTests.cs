using Grpc.Core;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>More than a message of 4 MiB holds, asked for by clients with gRPC's default limits.</summary>
public sealed class LargeRegistryTests : IAsyncLifetime
{
    private const int Instances = 500;

    private TestPlane _plane = null!;

    public async Task InitializeAsync()
    {
        _plane = await TestPlane.StartAsync();
        for (var i = 0; i < Instances; i++)
        {
            await RegisterAsync($"service-{i % 2}", $"i{i:000}", "10.0.0.1");
        }
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task A_watch_begins_with_a_snapshot_in_parts_and_goes_on_with_changes()
    {
        using var watch = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        var parts = await PartsAsync(watch);
        await RegisterAsync("service-0", "new", "10.0.0.2");
        Assert.True(await watch.ResponseStream.MoveNext());

        Assert.InRange(parts.Count, 100, 300);
        Assert.All(parts, part => Assert.InRange(part.CalculateSize(), 1, 48 * 1024));
        Assert.Single(parts.Select(part => part.Revision).Distinct());
        Assert.Equal(["service-0", "service-1"], parts.SelectMany(part => part.Services).Select(service => service.Name));
        Assert.Equal(Expected(), parts.SelectMany(part => part.Instances).Select(instance => instance.Id));
        Assert.Equal((parts[0].Revision + 1, "new"), (watch.ResponseStream.Current.Change.Revision, watch.ResponseStream.Current.Change.Instance.Id));
    }

    [Fact]
    public async Task A_watch_of_one_service_has_the_parts_of_that_one()
    {
        using var watch = _plane.Registry.Watch(new() { Services = { "service-1" } }, cancellationToken: Bound.Token());
        var parts = await PartsAsync(watch);
        Assert.Equal("service-1", Assert.Single(parts.SelectMany(part => part.Services)).Name);
        Assert.Equal(Instances / 2, parts.Sum(part => part.Instances.Count));
    }

    [Fact]
    public async Task Instances_are_listed_in_pages_that_end_before_they_are_too_large()
    {
        var ids = new List<string>();
        var pages = 0;
        var request = new ListInstancesRequest();
        do
        {
            var page = await _plane.Registry.ListInstancesAsync(request);
            ids.AddRange(page.Instances.Select(instance => instance.Id));
            request.PageToken = page.NextPageToken;
            pages++;
        }
        while (request.PageToken.Length != 0);
        Assert.InRange(pages, 3, 20);
        Assert.Equal(Expected(), ids);
    }

    [Fact]
    public async Task A_service_s_further_instances_are_listed_with_its_token()
    {
        var found = await _plane.Registry.GetServiceAsync(new() { Name = "service-1" });
        Assert.Equal((uint)Instances / 2, found.Service.InstanceCount);
        var ids = found.Instances.Select(instance => instance.Id).ToList();
        Assert.InRange(ids.Count, 1, (Instances / 2) - 1);
        for (var token = found.NextPageToken; token.Length != 0;)
        {
            var page = await _plane.Registry.ListInstancesAsync(new() { Service = "service-1", PageToken = token });
            ids.AddRange(page.Instances.Select(instance => instance.Id));
            token = page.NextPageToken;
        }

        Assert.Equal(Expected().Skip(Instances / 2), ids);
    }

    [Fact]
    public async Task One_who_reads_nothing_of_a_snapshot_for_a_minute_is_let_go_of_and_the_others_are_not()
    {
        using var quick = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        await PartsAsync(quick);
        using var silent = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await silent.ResponseStream.MoveNext());
        var limit = Bound.Token();
        while (_plane.Model.WatcherCount == 2)
        {
            limit.ThrowIfCancellationRequested();
            _plane.Time.Advance(TimeSpan.FromSeconds(1));
            await _plane.Registry.ListServicesAsync(new() { PageSize = 1 });
        }

        var end = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await silent.ResponseStream.MoveNext())
            {
            }
        });
        Assert.Equal(StatusCode.ResourceExhausted, end.StatusCode);
        await RegisterAsync("service-0", "new", "10.0.0.2");
        Assert.True(await quick.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task No_more_may_watch_than_the_bound_says()
    {
        await using var plane = await TestPlane.StartAsync(new RegistryOptions { MaxWatchers = 1 });
        using (var first = plane.Registry.Watch(new(), cancellationToken: Bound.Token()))
        {
            Assert.True(await first.ResponseStream.MoveNext());
            using var second = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
            var refused = await Assert.ThrowsAsync<RpcException>(() => second.ResponseStream.MoveNext());
            Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        }

        var limit = Bound.Token();
        while (plane.Model.WatcherCount != 0)
        {
            await plane.Registry.ListServicesAsync(new(), cancellationToken: limit);
        }

        using var third = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await third.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task One_connection_may_watch_so_often_and_no_more_and_others_are_not_concerned()
    {
        await using var plane = await TestPlane.StartAsync(new RegistryOptions { MaxWatchersPerConnection = 2 });
        var watches = new[] { plane.Registry.Watch(new()), plane.Registry.Watch(new()) };
        foreach (var watch in watches)
        {
            Assert.True(await watch.ResponseStream.MoveNext(Bound.Token()));
        }

        using var third = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        var refused = await Assert.ThrowsAsync<RpcException>(() => third.ResponseStream.MoveNext());
        Assert.Equal(
            (StatusCode.ResourceExhausted, "2 watches are open on this connection already, and no more may: watch several services with one, or close some"),
            (refused.StatusCode, refused.Status.Detail));

        using var channel = plane.Connect();
        using var other = new V1.Registry.RegistryClient(channel).Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await other.ResponseStream.MoveNext());
        watches[0].Dispose();
        var limit = Bound.Token();
        while (plane.Model.WatcherCount != 2)
        {
            await plane.Registry.ListServicesAsync(new(), cancellationToken: limit);
        }

        using var fourth = plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await fourth.ResponseStream.MoveNext());
        watches[1].Dispose();
    }

    private static IEnumerable<string> Expected() =>
        Enumerable.Range(0, Instances).OrderBy(i => i % 2).ThenBy(i => i).Select(i => $"i{i:000}");

    private static async Task<List<RegistrySnapshot>> PartsAsync(AsyncServerStreamingCall<WatchResponse> watch)
    {
        var parts = new List<RegistrySnapshot>();
        do
        {
            Assert.True(await watch.ResponseStream.MoveNext());
            parts.Add(watch.ResponseStream.Current.Snapshot);
        }
        while (parts[^1].More);
        return parts;
    }

    // Some 10 KB each: 5 MB in all.
    private async Task RegisterAsync(string service, string id, string address)
    {
        var registration = Make.Registration(service, id);
        registration.Instance.Address = address;
        for (var i = 0; i < 50; i++)
        {
            registration.Instance.Metadata.Add($"label-{i}", new string('x', 200));
        }

        Assert.Equal(RegisterOutcome.Applied, (await _plane.Model.RegisterAsync(registration, new LeaseHolder())).Outcome);
    }
}
