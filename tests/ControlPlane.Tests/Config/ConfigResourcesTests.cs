using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Config;

public sealed class ConfigResourcesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly MemoryStore _store = new();
    private readonly ConfigResources _configs;
    private readonly List<string> _changed = [];

    public ConfigResourcesTests() => _configs = Open();

    public void Dispose() => _configs.Dispose();

    [Fact]
    public async Task A_version_grows_with_each_change_and_stays_without_one()
    {
        var first = Assert.Single((await _configs.ApplyAsync([Make.Config("orders", 2)], false, default))!);
        Assert.Equal((1L, _time.GetUtcNow()), (first.Version, first.UpdateTime.ToDateTimeOffset()));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(first, Assert.Single((await _configs.ApplyAsync([Make.Config("orders", 2)], false, default))!));
        Assert.Equal(2, Assert.Single((await _configs.ApplyAsync([Make.Config("orders", 3)], false, default))!).Version);
        Assert.Equal(["orders", "orders"], _changed);
    }

    [Fact]
    public async Task A_resource_without_config_equals_one_with_all_defaults()
    {
        await _configs.ApplyAsync([new V1.ConfigResource { Service = "orders" }], false, default);
        var again = await _configs.ApplyAsync([new V1.ConfigResource { Service = "orders", Config = new V1.ServiceConfig() }], false, default);
        Assert.Equal(1, again![0].Version);
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_applied_and_changes_nothing()
    {
        var answer = await _configs.ApplyAsync([Make.Config("orders")], true, default);
        Assert.Equal(1, answer![0].Version);
        Assert.Null(_configs.Find("orders"));
        Assert.Empty(_changed);
    }

    [Fact]
    public async Task A_deleted_resources_versions_are_not_used_again()
    {
        await _configs.ApplyAsync([Make.Config("orders", 2)], false, default);
        Assert.True(await _configs.DeleteAsync("orders", default));
        Assert.False(await _configs.DeleteAsync("orders", default));
        Assert.Null(_configs.Find("orders"));
        Assert.Empty(_configs.All);
        Assert.Equal(2, (await _configs.ApplyAsync([Make.Config("orders", 2)], false, default))![0].Version);
    }

    [Fact]
    public async Task Resources_and_versions_outlive_the_process_as_far_as_the_store_does()
    {
        await _configs.ApplyAsync([Make.Config("orders", 2), Make.Config("users", 2)], false, default);
        await _configs.DeleteAsync("users", default);
        using var restarted = Open();
        await restarted.LoadAsync(default);
        Assert.Equal("orders", Assert.Single(restarted.All).Service);
        Assert.Equal(2, (await restarted.ApplyAsync([Make.Config("users", 2)], false, default))![0].Version);
    }

    [Fact]
    public async Task The_givers_message_is_not_kept()
    {
        var given = Make.Config("orders", 2);
        await _configs.ApplyAsync([given], false, default);
        given.Config.Retry.MaxAttempts = 9;
        Assert.Equal(2u, _configs.Find("orders")!.Config.Retry.MaxAttempts);
    }

    [Fact]
    public async Task Resources_are_listed_by_name()
    {
        await _configs.ApplyAsync([Make.Config("b"), Make.Config("a")], false, default);
        Assert.Equal(["a", "b"], _configs.All.Select(resource => resource.Service));
    }

    private ConfigResources Open() => new(_time, _store, NullLogger<ConfigResources>.Instance) { Changed = _changed.Add };
}
