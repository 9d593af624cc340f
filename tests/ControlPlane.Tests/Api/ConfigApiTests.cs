using Grpc.Core;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class ConfigApiTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(config: [Make.Config("at-start")]);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Resources_are_applied_read_and_deleted()
    {
        var applied = await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("b"), Make.Config("a") } });
        Assert.Equal(["b", "a"], applied.Resources.Select(resource => resource.Service));
        Assert.Equal(applied.Resources[1], await _plane.Config.GetAsync(new() { Service = "a" }));
        Assert.Equal(["a", "at-start", "b"], (await _plane.Config.ListAsync(new())).Resources.Select(resource => resource.Service));
        await _plane.Config.DeleteAsync(new() { Service = "a" });
        foreach (var missing in new Func<Task>[]
        {
            async () => await _plane.Config.GetAsync(new() { Service = "a" }),
            async () => await _plane.Config.DeleteAsync(new() { Service = "a" }),
        })
            Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(missing)).StatusCode);
    }

    [Fact]
    public async Task Nothing_is_applied_unless_all_is_valid_and_every_fault_is_told()
    {
        var refused = await Refuse(new() { Resources = { Make.Config("good"), Make.Config("bad", 11), Make.Config("worse", 12), Make.Config("good", 4) } });
        var lines = refused.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("bad: config.retry.max_attempts: 11", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("worse: config.retry.max_attempts: 12", lines[1], StringComparison.Ordinal);
        Assert.Equal("good: is given more than once", lines[2]);
        Assert.Equal("at-start", Assert.Single((await _plane.Config.ListAsync(new())).Resources).Service);
    }

    [Fact]
    public async Task An_empty_request_is_refused() =>
        Assert.Equal("resources: at least one is needed", await Refuse(new()));

    [Fact]
    public async Task A_flood_of_faults_is_cut_to_what_clients_accept()
    {
        var request = new ApplyRequest();
        request.Resources.Add(Enumerable.Range(0, 5000).Select(i => Make.Config($"service-{i}", 11)));
        var refused = await Refuse(request);
        Assert.InRange(refused.Length, 1000, 7000);
        Assert.Matches("and [0-9]+ more$", refused);
    }

    [Fact]
    public async Task A_resource_too_large_for_the_messages_that_carry_it_is_refused()
    {
        var large = Make.Config("large");
        large.Config.Routes.Add(Enumerable.Range(0, 200).Select(i => new Route { Match = new() { Exact = "/" + new string('x', 6000) } }));
        Assert.Matches("^large: config: [0-9]+ bytes are too many; at most 1048576$", await Refuse(new() { Resources = { large } }));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        var answer = await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("a") }, DryRun = true });
        Assert.Equal(1, answer.Resources[0].Version);
        Assert.Single((await _plane.Config.ListAsync(new())).Resources);
    }

    private async Task<string> Refuse(ApplyRequest request)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ApplyAsync(request));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return refused.Status.Detail;
    }
}
