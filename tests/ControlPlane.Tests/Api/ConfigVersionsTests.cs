using Grpc.Core;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>Versions of a resource: they are kept, can be read, and can be what a change depends on.</summary>
public sealed class ConfigVersionsTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Each_is_listed_the_newest_first_with_who_made_it_and_why_deletions_too()
    {
        await ApplyAsync("orders", 2, reason: "first");
        await ApplyAsync("orders", 3, reason: "second");
        await _plane.Config.DeleteAsync(new() { Service = "orders", Author = "bob", Reason = "away" });
        await ApplyAsync("orders", 4, reason: "again");

        var versions = await ListAsync("orders", pageSize: 3);
        Assert.Equal(
            [(4L, false, 4u, "ann", "again"), (3, true, 0, "bob", "away"), (2, false, 3, "ann", "second"), (1, false, 2, "ann", "first")],
            versions.Select(one => (one.Resource.Version, one.Deleted, one.Resource.Config?.Retry.MaxAttempts ?? 0, one.Resource.Author, one.Resource.Reason)));
        Assert.Equal(versions[3].Resource, await _plane.Config.GetAsync(new() { Service = "orders", Version = 1 }));
        Assert.Equal(versions[0].Resource, await _plane.Config.GetAsync(new() { Service = "orders" }));
        Assert.Equal((StatusCode.NotFound, "version 3 of the configuration of service 'orders' is not kept, or was a deletion"), await RefusedAsync(new GetConfigRequest { Service = "orders", Version = 3 }));
        Assert.Equal(StatusCode.NotFound, (await RefusedAsync(new GetConfigRequest { Service = "orders", Version = 5 })).Code);
    }

    [Fact]
    public async Task The_last_hundred_are_kept_in_pages_whose_size_the_client_may_say()
    {
        for (var i = 0; i < 103; i++)
        {
            await ApplyAsync("orders", 1 + ((uint)i % 2));
        }

        Assert.Equal(Enumerable.Range(4, 100).Select(version => (long)version).Reverse(), (await ListAsync("orders", pageSize: 7)).Select(one => one.Resource.Version));
        Assert.Equal(100, (await ListAsync("orders", pageSize: 0)).Count);
    }

    [Fact]
    public async Task Who_never_had_any_has_none_and_a_token_is_good_for_its_own_list()
    {
        var none = await Assert.ThrowsAsync<RpcException>(() => ListAsync("orders"));
        Assert.Equal((StatusCode.NotFound, "service 'orders' has no configuration"), (none.StatusCode, none.Status.Detail));
        await ApplyAsync("orders", 1);
        await ApplyAsync("orders", 2);
        await ApplyAsync("users", 2);
        var page = await _plane.Config.ListVersionsAsync(new() { Service = "orders", PageSize = 1 });
        var foreign = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ListVersionsAsync(new() { Service = "users", PageToken = page.NextPageToken }));
        Assert.Equal(StatusCode.InvalidArgument, foreign.StatusCode);
    }

    [Fact]
    public async Task A_change_that_depends_on_a_version_is_made_on_that_one_alone()
    {
        Assert.Equal(1, (await ApplyAsync("orders", 2, ifVersion: 0)).Version);
        Assert.Equal((StatusCode.Aborted, "if_version: orders: it is at version 1: look at it again and decide anew"), await RefusedAsync(Request("orders", 3, ifVersion: 0)));
        Assert.Equal(2, (await ApplyAsync("orders", 3, ifVersion: 1)).Version);
        Assert.Equal(StatusCode.Aborted, (await RefusedAsync(Request("orders", 3, ifVersion: 1))).Code); // also where nothing would change
        Assert.Equal(StatusCode.Aborted, (await RefusedAsync(new DeleteConfigRequest { Service = "orders", IfVersion = 1 })).Code);
        await _plane.Config.DeleteAsync(new() { Service = "orders", IfVersion = 2 });
        Assert.Equal((StatusCode.Aborted, "if_version: orders: there is none: look at it again and decide anew"), await RefusedAsync(Request("orders", 3, ifVersion: 3)));
        Assert.Equal(4, (await ApplyAsync("orders", 2, ifVersion: 0)).Version);

        var two = Request("orders", 9, ifVersion: 4);
        two.Resources.Add(Make.Config("users"));
        Assert.Equal((StatusCode.InvalidArgument, "if_version: is of one resource, and the request has 2"), await RefusedAsync(two));
    }

    [Fact]
    public async Task Of_many_who_saw_the_same_version_one_changes_it()
    {
        await ApplyAsync("orders", 1);
        var made = await Task.WhenAll(Enumerable.Range(2, 8).Select(async attempts =>
        {
            try
            {
                await ApplyAsync("orders", (uint)attempts, ifVersion: 1);
                return 1;
            }
            catch (RpcException other) when (other.StatusCode == StatusCode.Aborted)
            {
                return 0;
            }
        }));
        Assert.Equal(1, made.Sum());
        Assert.Equal(2, (await _plane.Config.GetAsync(new() { Service = "orders" })).Version);
    }

    private async Task<ConfigResource> ApplyAsync(string service, uint attempts, string reason = "", long? ifVersion = null) =>
        (await _plane.Config.ApplyAsync(Request(service, attempts, reason, ifVersion), cancellationToken: Bound.Token())).Resources[0];

    private static ApplyRequest Request(string service, uint attempts, string reason = "", long? ifVersion = null)
    {
        var request = new ApplyRequest { Resources = { Make.Config(service, attempts) }, Author = "ann", Reason = reason };
        if (ifVersion is { } version)
        {
            request.IfVersion = version;
        }

        return request;
    }

    private async Task<List<ConfigVersion>> ListAsync(string service, int pageSize = 0)
    {
        var all = new List<ConfigVersion>();
        var token = "";
        do
        {
            var page = await _plane.Config.ListVersionsAsync(new() { Service = service, PageSize = pageSize, PageToken = token }, cancellationToken: Bound.Token());
            Assert.InRange(page.Versions.Count, 1, pageSize == 0 ? 1000 : pageSize);
            all.AddRange(page.Versions);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        return all;
    }

    private async Task<(StatusCode Code, string Detail)> RefusedAsync(object request)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => _ = request switch
        {
            ApplyRequest apply => (object)await _plane.Config.ApplyAsync(apply, cancellationToken: Bound.Token()),
            GetConfigRequest get => await _plane.Config.GetAsync(get, cancellationToken: Bound.Token()),
            _ => await _plane.Config.DeleteAsync((DeleteConfigRequest)request, cancellationToken: Bound.Token()),
        });
        return (refused.StatusCode, refused.Status.Detail);
    }
}
