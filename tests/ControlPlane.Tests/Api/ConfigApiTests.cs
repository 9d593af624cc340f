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
        {
            Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(missing)).StatusCode);
        }
    }

    [Fact]
    public async Task What_holds_for_callers_and_what_holds_inbound_have_versions_of_their_own()
    {
        var both = Make.Config("a");
        both.Inbound = Make.Inbound(7);
        var applied = await _plane.Config.ApplyAsync(new() { Resources = { both } });
        Assert.Equal([(true, false, 1L), (false, true, 1L)], applied.Resources.Select(one => (one.Config is not null, one.Inbound is not null, one.Version)));

        var inbound = new ConfigResource { Service = "a", Inbound = Make.Inbound(8) };
        var changed = Assert.Single((await _plane.Config.ApplyAsync(new() { Resources = { inbound } })).Resources);
        Assert.Equal(2, changed.Version);
        Assert.Equal(applied.Resources[0], await _plane.Config.GetAsync(new() { Service = "a" }));
        Assert.Equal(changed, await _plane.Config.GetAsync(new() { Service = "a", Kind = "inbound" }));

        var pages = new List<ConfigResource>();
        var token = "";
        do
        {
            var page = await _plane.Config.ListAsync(new() { PageSize = 1, PageToken = token });
            pages.AddRange(page.Resources);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal([("a", false), ("at-start", false), ("a", true)], pages.Select(one => (one.Service, one.Inbound is not null)));

        Assert.Equal(3, (await _plane.Config.DeleteAsync(new() { Service = "a", Kind = "inbound" })).Version);
        Assert.Equal(applied.Resources[0], await _plane.Config.GetAsync(new() { Service = "a" }));
        Assert.Equal(
            "service 'a' has no inbound configuration",
            (await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.GetAsync(new() { Service = "a", Kind = "inbound" }))).Status.Detail);
        Assert.Equal(
            "kind: 'endpoints' is not one of policy, inbound",
            (await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.DeleteAsync(new() { Service = "a", Kind = "endpoints" }))).Status.Detail);
    }

    [Fact]
    public async Task Each_kind_is_checked_by_its_own_ranges()
    {
        var bad = Make.Config("bad", 11);
        bad.Inbound = Make.Inbound(0);
        var refused = await Refuse(new() { Resources = { bad, new ConfigResource { Service = "bad", Inbound = Make.Inbound(1) } } });
        Assert.Equal(
            [
                "bad: config.retry.max_attempts: 11 is not within 1 to 10",
                "bad: inbound.limits.max_concurrent_requests: 0 is not within 1 to 1000000",
                "bad: is given more than once",
            ],
            refused.Split('\n'));
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
        Assert.EndsWith("and more: these are the first of them", refused, StringComparison.Ordinal);
        Assert.Equal(51, refused.Split('\n').Length);
    }

    [Fact]
    public async Task A_resource_too_large_for_the_messages_that_carry_it_is_refused()
    {
        var large = Make.Config("large");
        large.Config.Routes.Add(Enumerable.Range(0, 200).Select(i => new Route { Match = new() { Exact = "/" + new string('x', 6000) } }));
        Assert.Matches("^large: config: [0-9]+ bytes are too many; at most 1048576$", await Refuse(new() { Resources = { large } }));
    }

    [Fact]
    public async Task A_flood_of_faults_within_one_resource_is_cut_as_well()
    {
        var flood = Make.Config("flood");
        flood.Config.Routes.Add(Enumerable.Range(0, 5000).Select(_ => new Route { Match = new() { Exact = "no-slash" } }));
        Assert.InRange((await Refuse(new() { Resources = { flood } })).Split('\n').Length, 1, 51);
    }

    [Fact]
    public async Task What_could_not_be_answered_is_not_stored()
    {
        var request = new ApplyRequest { Author = new string('a', 256) };
        request.Resources.Add(Enumerable.Range(0, 12_000).Select(i => Make.Config($"service-{i}")));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ApplyAsync(request));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("apply fewer resources at once", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Single((await _plane.Config.ListAsync(new())).Resources);
    }

    [Fact]
    public async Task Author_and_reason_are_kept_and_answered()
    {
        var applied = (await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("a") }, Author = "ann@laptop", Reason = "calmer" })).Resources[0];
        Assert.Equal(("ann@laptop", "calmer"), (applied.Author, applied.Reason));
        Assert.True(applied.Revision > 0);
        var started = await _plane.Config.GetAsync(new() { Service = "at-start" });
        Assert.Equal("--config", started.Author);
        Assert.True(started.Revision < applied.Revision);
        var deleted = await _plane.Config.DeleteAsync(new() { Service = "a", Author = "bob", Reason = "not needed" });
        Assert.Equal(2, deleted.Version);
        Assert.True(deleted.Revision > applied.Revision);
    }

    [Fact]
    public async Task What_this_control_plane_does_not_have_is_deleted_if_that_is_allowed()
    {
        var deleted = await _plane.Config.DeleteAsync(new() { Service = "elsewhere", AllowMissing = true });
        Assert.Equal(1, deleted.Version);
        Assert.Equal(deleted, await _plane.Config.DeleteAsync(new() { Service = "elsewhere", AllowMissing = true }));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.DeleteAsync(new() { Service = "No Name", AllowMissing = true }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith("service: 'No Name' is not a name", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("author", 257)]
    [InlineData("reason", 1025)]
    public async Task Author_and_reason_are_bounded_and_fit_to_be_shown(string field, int length)
    {
        foreach (var text in new[] { new string('x', length), "a\nb" })
        {
            var apply = new ApplyRequest { Resources = { Make.Config("a") }, Author = field == "author" ? text : "", Reason = field == "reason" ? text : "" };
            Assert.StartsWith($"{field}: ", await Refuse(apply), StringComparison.Ordinal);
            var delete = new DeleteConfigRequest { Service = "at-start", Author = apply.Author, Reason = apply.Reason };
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.DeleteAsync(delete));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        }
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
