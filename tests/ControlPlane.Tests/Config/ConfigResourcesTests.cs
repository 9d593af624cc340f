using Mesh.ControlPlane.Config;

namespace Mesh.ControlPlane.Tests.Config;

public sealed class ConfigResourcesTests : IDisposable
{
    private static readonly ConfigOrigin Ann = new("ann@laptop", "more tries");

    private readonly ConfigFixture _fixture = new();
    private readonly ConfigResources _configs;

    public ConfigResourcesTests() => _configs = _fixture.Open();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_version_grows_with_each_change_and_stays_without_one()
    {
        var first = await ApplyAsync("orders", 2);
        Assert.Equal((1L, _fixture.Time.GetUtcNow()), (first.Version, first.UpdateTime.ToDateTimeOffset()));
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first, await ApplyAsync("orders", 2));
        Assert.Equal(2, (await ApplyAsync("orders", 3)).Version);
        Assert.Equal(["orders", "orders"], _fixture.Changed);
    }

    [Fact]
    public async Task A_version_keeps_who_made_it_why_and_at_which_revision()
    {
        var answered = (await _configs.ApplyAsync([Make.Change("orders", 2)], Ann))![0];
        Assert.Equal(("ann@laptop", "more tries"), (answered.Author, answered.Reason));
        Assert.Equal(_fixture.Revision, answered.Revision);
        Assert.Equal(answered, _configs.Find(ConfigKinds.Policy, "orders"));
        // Who wants what holds already has made nothing.
        var again = (await _configs.ApplyAsync([Make.Change("orders", 2)], new ConfigOrigin("bob", "why not")))![0];
        Assert.Equal(("ann@laptop", answered.Revision), (again.Author, again.Revision));
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_applied_and_changes_nothing()
    {
        var answer = await _configs.ApplyAsync([Make.Change("orders")], Ann, dryRun: true);
        Assert.Equal(1, answer![0].Version);
        Assert.Null(_configs.Find(ConfigKinds.Policy, "orders"));
        Assert.Empty(_fixture.Changed);
    }

    [Fact]
    public async Task A_deletion_is_a_version_that_can_be_found_and_is_not_used_again()
    {
        var applied = await ApplyAsync("orders", 2);
        var deleted = await DeleteAsync("orders");
        Assert.Equal((true, 2L, "ann@laptop"), (deleted!.IsDeleted, deleted.Version, deleted.Author));
        Assert.True(deleted.Revision > applied.Revision);
        Assert.Equal(deleted, _configs.Find(ConfigKinds.Policy, "orders"));
        Assert.Null(await DeleteAsync("orders"));
        Assert.Empty(_configs.All(ConfigKinds.Policy));
        Assert.Equal(0, _configs.Count);
        Assert.Equal(3, (await ApplyAsync("orders", 2)).Version);
        Assert.Equal(["orders", "orders", "orders"], _fixture.Changed);
    }

    [Fact]
    public async Task What_never_was_can_be_deleted_for_those_who_have_it_from_elsewhere()
    {
        Assert.Null(await DeleteAsync("orders"));
        var deleted = await _configs.DeleteAsync(ConfigKinds.Policy, "orders", Ann, allowMissing: true);
        Assert.Equal((true, 1L), (deleted!.IsDeleted, deleted.Version));
        Assert.Equal(["orders"], _fixture.Changed);
        // Once is enough.
        Assert.Equal(deleted, await _configs.DeleteAsync(ConfigKinds.Policy, "orders", Make.Unsaid, allowMissing: true));
        Assert.Equal(["orders"], _fixture.Changed);
    }

    [Fact]
    public async Task Resources_and_versions_outlive_the_process_as_far_as_the_store_does()
    {
        await _configs.ApplyAsync([Make.Change("orders", 2), Make.Change("users", 2)], Ann);
        await DeleteAsync("users");
        var restarted = _fixture.Open();
        Assert.Equal(_configs.Find(ConfigKinds.Policy, "orders"), Assert.Single(restarted.All(ConfigKinds.Policy)));
        Assert.Equal(1, restarted.Count);
        Assert.Equal(3, (await restarted.ApplyAsync([Make.Change("users", 2)], Ann))![0].Version);
    }

    [Fact]
    public async Task The_last_hundred_versions_are_kept()
    {
        for (var i = 1; i <= 102; i++)
        {
            await ApplyAsync("orders", (uint)(i % 7) + 1);
        }

        await DeleteAsync("orders");
        var kept = (await _fixture.Store.LoadAsync(default)).Entries.Where(entry => entry.Key.StartsWith("h/orders/", StringComparison.Ordinal))
            .Select(entry => ConfigEntry.Read(ConfigKinds.Policy, "orders", entry.Value, entry.Revision)).OrderBy(entry => entry.Version).ToList();
        Assert.Equal(Enumerable.Range(4, 100).Select(i => (long)i), kept.Select(entry => entry.Version));
        Assert.True(kept[^1].IsDeleted);
        Assert.Equal(Make.Change("orders", (102 % 7) + 1).Value, kept[^2].Value);
    }

    [Fact]
    public async Task What_a_file_says_again_does_not_undo_what_was_applied_since()
    {
        await FileAsync(Make.Change("orders", 2), Make.Change("users", 2));
        await ApplyAsync("orders", 5);
        await DeleteAsync("users");

        // The same file at the next start.
        var restarted = _fixture.Open();
        await restarted.ApplyFileAsync([Make.Change("orders", 2), Make.Change("users", 2)], Ann);
        Assert.Equal(Make.Change("orders", 5).Value, restarted.Find(ConfigKinds.Policy, "orders")!.Value);
        Assert.True(restarted.Find(ConfigKinds.Policy, "users")!.IsDeleted);

        // One that says something else than it did.
        await restarted.ApplyFileAsync([Make.Change("orders", 3), Make.Change("users", 2)], Ann);
        Assert.Equal(Make.Change("orders", 3).Value, restarted.Find(ConfigKinds.Policy, "orders")!.Value);
        Assert.True(restarted.Find(ConfigKinds.Policy, "users")!.IsDeleted);
    }

    [Fact]
    public async Task Of_those_who_change_a_resource_at_once_each_makes_a_version()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), async (i, _) =>
            await _configs.ApplyAsync([Make.Change("orders", (uint)(i % 2) + 2), Make.Change($"own-{i}")], new ConfigOrigin($"{i}", "")));
        Assert.Equal(51, _configs.Count);
        var history = (await _fixture.Store.LoadAsync(default)).Entries.Count(entry => entry.Key.StartsWith("h/orders/", StringComparison.Ordinal));
        Assert.Equal(_configs.Find(ConfigKinds.Policy, "orders")!.Version, history);
    }

    [Fact]
    public async Task The_givers_message_is_not_kept()
    {
        var given = new V1.ServiceConfig { Retry = new V1.Retry { MaxAttempts = 2 } };
        await _configs.ApplyAsync([new ConfigChange(ConfigKinds.Policy, "orders", given)], Ann);
        given.Retry.MaxAttempts = 9;
        Assert.Equal(Make.Change("orders", 2).Value, _configs.Find(ConfigKinds.Policy, "orders")!.Value);
    }

    [Fact]
    public async Task Resources_are_listed_by_name()
    {
        await _configs.ApplyAsync([Make.Change("b"), Make.Change("a")], Ann);
        Assert.Equal(["a", "b"], _configs.All(ConfigKinds.Policy).Select(resource => resource.Name));
    }

    private async Task<ConfigEntry> ApplyAsync(string service, uint attempts) =>
        Assert.Single((await _configs.ApplyAsync([Make.Change(service, attempts)], Ann))!);

    private Task<ConfigEntry?> DeleteAsync(string service) => _configs.DeleteAsync(ConfigKinds.Policy, service, Ann);

    private Task<IReadOnlyList<ConfigEntry>?> FileAsync(params ConfigChange[] changes) => _configs.ApplyFileAsync(changes, Ann);
}
