using Mesh.ControlPlane.Config;

namespace Mesh.ControlPlane.Tests.Config;

/// <summary>What was, and is not any more, is kept within bounds.</summary>
public sealed class ConfigHistoryTests : IDisposable
{
    private static readonly HistoryBounds Bounds = new() { MaxDeleted = 20, MaxBytes = 20_000 };

    private readonly ConfigFixture _fixture = new();
    private readonly ConfigResources _configs;

    public ConfigHistoryTests() => _configs = _fixture.Open(Bounds);

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Names_that_come_and_go_leave_the_store_and_do_not_count()
    {
        await ApplyAsync("stays", 3);
        for (var i = 0; i < 2000; i++)
        {
            await ApplyAsync($"service-{i}", 2);
            await DeleteAsync($"service-{i}");
        }

        Assert.Equal(1, _configs.Count);
        // What is too much is forgotten a moment later, on another thread, while the next come.
        for (uint i = 0; i < 10_000 && (await KeysAsync()).Count > 400; i++)
        {
            await ApplyAsync("restless", 1 + (i % 2));
            await Task.Yield();
        }

        Assert.InRange((await KeysAsync()).Count, 20, 400);
        // The last of them are known to be deleted, the first are not known any more, and what is there stays.
        Assert.True(_configs.Find(ConfigKinds.Policy, "service-1999")!.IsDeleted);
        Assert.Null(_configs.Find(ConfigKinds.Policy, "service-0"));
        Assert.Equal(1, _configs.Find(ConfigKinds.Policy, "stays")!.Version);
    }

    [Fact]
    public async Task A_version_is_never_used_again_though_its_name_was_forgotten_and_the_process_restarted()
    {
        for (uint attempts = 1; attempts <= 5; attempts++)
        {
            await ApplyAsync("orders", attempts);
        }

        await DeleteAsync("orders");
        for (var i = 0; i < 100; i++)
        {
            await ApplyAsync($"service-{i}", 2);
            await DeleteAsync($"service-{i}");
        }

        Assert.Null(_configs.Find(ConfigKinds.Policy, "orders"));
        Assert.DoesNotContain(await KeysAsync(), key => key.Contains("/orders", StringComparison.Ordinal));
        var again = (await _fixture.Open(Bounds).ApplyAsync([Make.Change("orders", 9)], Make.Unsaid))![0];
        Assert.True(again.Version > 6, $"version {again.Version}");
    }

    [Fact]
    public async Task Former_versions_are_bounded_in_bytes_and_the_oldest_go_first()
    {
        for (uint round = 0; round < 90; round++)
        {
            for (var service = 0; service < 10; service++)
            {
                await ApplyAsync($"service-{service}", 1 + (round % 2));
            }
        }

        var entries = (await _fixture.Store.LoadAsync(default)).Entries.Where(entry => entry.Key.StartsWith("h/", StringComparison.Ordinal)).ToList();
        Assert.InRange(entries.Sum(entry => entry.Key.Length + entry.Value.Length), 10_000, 40_000);
        Assert.Contains(entries, entry => entry.Key == "h/service-0/0000000090");
        Assert.DoesNotContain(entries, entry => entry.Key == "h/service-0/0000000001");
        Assert.All(Enumerable.Range(0, 10), service => Assert.Equal(90, _configs.Find(ConfigKinds.Policy, $"service-{service}")!.Version));
    }

    [Fact]
    public async Task What_a_former_process_left_too_much_of_is_forgotten_by_the_next()
    {
        var generous = _fixture.Open();
        for (var i = 0; i < 200; i++)
        {
            await generous.DeleteAsync(ConfigKinds.Policy, $"service-{i}", Make.Unsaid, allowMissing: true);
        }

        _fixture.CloseAll();
        var next = _fixture.Open(Bounds);
        await next.ApplyAsync([Make.Change("orders")], Make.Unsaid);
        Assert.InRange((await KeysAsync()).Count(key => key.StartsWith("c/", StringComparison.Ordinal)), 20, 24);
    }

    private async Task<List<string>> KeysAsync() => [.. (await _fixture.Store.LoadAsync(default)).Entries.Select(entry => entry.Key)];

    private async Task ApplyAsync(string service, uint attempts) =>
        Assert.NotNull(await _configs.ApplyAsync([Make.Change(service, attempts)], Make.Unsaid));

    private async Task DeleteAsync(string service) => Assert.NotNull(await _configs.DeleteAsync(ConfigKinds.Policy, service, Make.Unsaid));
}
