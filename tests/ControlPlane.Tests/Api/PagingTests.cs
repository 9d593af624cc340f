using Grpc.Core;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>Lists in pages: https://google.aip.dev/158.</summary>
public sealed class PagingTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() =>
        _plane = await TestPlane.StartAsync(config: [.. Enumerable.Range(0, 5).Select(i => Make.Config($"s{i}"))]);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Services_come_in_pages_of_the_size_asked_for()
    {
        for (var i = 0; i < 5; i++)
        {
            await RegisterAsync($"s{i}", "a");
        }

        var first = await _plane.Registry.ListServicesAsync(new() { PageSize = 2 });
        var second = await _plane.Registry.ListServicesAsync(new() { PageSize = 2, PageToken = first.NextPageToken });
        var last = await _plane.Registry.ListServicesAsync(new() { PageSize = 2, PageToken = second.NextPageToken });
        Assert.Equal(["s0", "s1"], first.Services.Select(service => service.Name));
        Assert.Equal(["s2", "s3"], second.Services.Select(service => service.Name));
        Assert.Equal(["s4"], last.Services.Select(service => service.Name));
        Assert.Empty(last.NextPageToken);
    }

    [Fact]
    public async Task A_page_that_ends_with_the_list_is_the_last()
    {
        await RegisterAsync("s0", "a");
        await RegisterAsync("s1", "a");
        Assert.Empty((await _plane.Registry.ListServicesAsync(new() { PageSize = 2 })).NextPageToken);
        Assert.Empty((await _plane.Registry.ListInstancesAsync(new() { PageSize = int.MaxValue })).NextPageToken);
    }

    [Fact]
    public async Task Without_a_size_a_page_has_a_thousand()
    {
        for (var i = 0; i < 1001; i++)
        {
            await RegisterAsync("orders", $"i{i:0000}");
        }

        var first = await _plane.Registry.ListInstancesAsync(new());
        Assert.Equal(1000, first.Instances.Count);
        Assert.Equal("i1000", Assert.Single((await _plane.Registry.ListInstancesAsync(new() { PageToken = first.NextPageToken })).Instances).Id);
    }

    [Fact]
    public async Task What_comes_and_goes_between_two_pages_disturbs_no_other()
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            await RegisterAsync("orders", id);
        }

        await RegisterAsync("users", "a");
        var first = await _plane.Registry.ListInstancesAsync(new() { PageSize = 2 });
        await _plane.Model.DeregisterAsync("orders", "b");
        await RegisterAsync("orders", "aa");
        var rest = await _plane.Registry.ListInstancesAsync(new() { PageSize = 2, PageToken = first.NextPageToken });
        Assert.Equal(["orders/a", "orders/b"], first.Instances.Select(instance => $"{instance.Service}/{instance.Id}"));
        Assert.Equal(["orders/c", "users/a"], rest.Instances.Select(instance => $"{instance.Service}/{instance.Id}"));
    }

    [Fact]
    public async Task Only_what_is_healthy_fills_a_page_of_what_is_healthy()
    {
        foreach (var (id, status) in new[] { ("a", ServiceStatus.Healthy), ("b", ServiceStatus.Starting), ("c", ServiceStatus.Healthy) })
        {
            await RegisterAsync("orders", id, status);
        }

        var page = await _plane.Registry.ListInstancesAsync(new() { HealthyOnly = true, PageSize = 2 });
        Assert.Equal(["a", "c"], page.Instances.Select(instance => instance.Id));
        Assert.Empty(page.NextPageToken);
    }

    [Fact]
    public async Task Configuration_comes_in_pages()
    {
        var first = await _plane.Config.ListAsync(new() { PageSize = 3 });
        var last = await _plane.Config.ListAsync(new() { PageSize = 3, PageToken = first.NextPageToken });
        Assert.Equal(["s0", "s1", "s2", "s3", "s4"], first.Resources.Concat(last.Resources).Select(resource => resource.Service));
        Assert.Empty(last.NextPageToken);
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("eHh4")]
    public async Task A_token_that_is_none_is_refused(string token) =>
        Assert.Equal(
            "page_token: is not one of this list; send the next_page_token as it came, with the other fields as they were",
            await Refusal(async () => await _plane.Registry.ListServicesAsync(new() { PageToken = token })));

    [Fact]
    public async Task A_token_of_another_list_is_refused()
    {
        await RegisterAsync("orders", "a");
        await RegisterAsync("orders", "b");
        var token = (await _plane.Registry.ListInstancesAsync(new() { PageSize = 1 })).NextPageToken;
        foreach (var other in new Func<Task>[]
        {
            async () => await _plane.Registry.ListInstancesAsync(new() { PageToken = token, Service = "orders" }),
            async () => await _plane.Registry.ListInstancesAsync(new() { PageToken = token, HealthyOnly = true }),
            async () => await _plane.Registry.ListServicesAsync(new() { PageToken = token }),
            async () => await _plane.Config.ListAsync(new() { PageToken = token }),
        })
        {
            Assert.StartsWith("page_token: is not one of this list", await Refusal(other), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_negative_size_is_refused()
    {
        foreach (var negative in new Func<Task>[]
        {
            async () => await _plane.Registry.ListInstancesAsync(new() { PageSize = -1 }),
            async () => await _plane.Registry.ListServicesAsync(new() { PageSize = -1 }),
            async () => await _plane.Config.ListAsync(new() { PageSize = -1 }),
        })
        {
            Assert.Equal("page_size: must not be negative; 0 is the default, 1000", await Refusal(negative));
        }
    }

    private static async Task<string> Refusal(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return refused.Status.Detail;
    }

    private async Task RegisterAsync(string service, string id, ServiceStatus status = ServiceStatus.Unspecified)
    {
        var registration = Make.Registration(service, id);
        registration.Instance.Status = status;
        Assert.Equal(RegisterOutcome.Applied, (await _plane.Model.RegisterAsync(registration, new LeaseHolder())).Outcome);
    }
}
