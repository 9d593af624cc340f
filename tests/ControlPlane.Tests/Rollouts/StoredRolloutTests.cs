using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Sqlite;
using Mesh.ControlPlane.Tests.Store;
using Mesh.ControlPlane.Tests.Store.Etcd;
using Mesh.Tests;
using Mesh.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Rollouts;

/// <summary>A staged rollout is in the store, whichever it is, for every control plane and whoever comes after it.</summary>
public sealed class StoredRolloutTests(EtcdFixture etcd) : IClassFixture<EtcdFixture>, IDisposable
{
    private static readonly ConfigOrigin Ann = new("ann@laptop", "more tries");

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-rollouts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task In_memory() => BeginsAndEndsAsync(() => new MemoryStore(TimeProvider.System), isReopened: false);

    [Fact]
    public Task In_a_file() => BeginsAndEndsAsync(
        () => new SqliteStore(Path.Combine(_folder, "store.db"), new StoreOptions(), TimeProvider.System, NullLogger<SqliteStore>.Instance), isReopened: true);

    [EtcdFact]
    public Task In_etcd() => BeginsAndEndsAsync(() => etcd.Open(new StoreOptions(), "/rollouts/"), isReopened: true);

    private static async Task BeginsAndEndsAsync(Func<IStore> open, bool isReopened)
    {
        var store = open();
        await OnlyOneIsMadeAsync(store);
        var (journal, configs) = await ReadAsync(store);
        await configs.ApplyAsync([Make.Change("orders", 2)], Ann);
        var begun = await BeginAsync(configs, attempts: 3);
        Assert.Equal((2L, 1L, true), (begun!.Rollout.Version, begun.Rollout.BaseVersion, begun.IsOpen));
        if (isReopened)
        {
            journal.Dispose();
            await store.DisposeAsync();
            store = open();
            (journal, configs) = await ReadAsync(store);
        }

        // Each sidecar has the version of its side, and nobody can change what is being judged.
        var (canary, other) = (Sidecar(begun, has: true), Sidecar(begun, has: false));
        Assert.Equal((2L, 1L), (configs.FindFor(ConfigKinds.Policy, "orders", canary)!.Version, configs.FindFor(ConfigKinds.Policy, "orders", other)!.Version));
        await Assert.ThrowsAsync<RolloutUnderWayException>(() => configs.ApplyAsync([Make.Change("users"), Make.Change("orders", 9)], Ann));
        await Assert.ThrowsAsync<RolloutUnderWayException>(() => configs.DeleteAsync(ConfigKinds.Policy, "orders", Ann));
        await Assert.ThrowsAsync<RolloutUnderWayException>(() => BeginAsync(configs, attempts: 4));
        Assert.Null(configs.Find(ConfigKinds.Policy, "users"));

        // Promoted, it is the version that it was, with why in its history.
        var running = configs.FindRollout(ConfigKinds.Policy, "orders")!;
        Assert.True(await configs.EndRolloutAsync(running, Decided(running, Rollout.Types.State.Promoted), new ConfigOrigin("control plane", "")));
        Assert.False(await configs.EndRolloutAsync(running, Decided(running, Rollout.Types.State.Aborted), Ann));
        var promoted = configs.Find(ConfigKinds.Policy, "orders")!;
        Assert.Equal((2L, 3u, "ann@laptop", "more tries (promoted: figures)"), (promoted.Version, Attempts(promoted), promoted.Author, promoted.Reason));
        Assert.Equal(2L, configs.FindFor(ConfigKinds.Policy, "orders", other)!.Version);

        // Aborted, what held before is the version after it, so that none is ever used twice.
        var second = await BeginAsync(configs, attempts: 5);
        Assert.Equal(3L, second!.Rollout.Version);
        running = configs.FindRollout(ConfigKinds.Policy, "orders")!;
        Assert.True(await configs.EndRolloutAsync(running, Decided(running, Rollout.Types.State.Aborted), new ConfigOrigin("control plane", "")));
        var back = configs.Find(ConfigKinds.Policy, "orders")!;
        Assert.Equal((4L, 3u, "version 3 was aborted: figures"), (back.Version, Attempts(back), back.Reason));
        var tried = await configs.FindAsync(ConfigKinds.Policy, "orders", 3, default);
        Assert.Equal((5u, "more tries (aborted: figures)"), (Attempts(tried!), tried!.Reason));
        Assert.Equal((4L, Rollout.Types.State.Aborted), (configs.FindFor(ConfigKinds.Policy, "orders", Sidecar(second, has: true))!.Version, configs.FindRollout(ConfigKinds.Policy, "orders")!.Rollout.State));
        Assert.Equal(5L, (await configs.ApplyAsync([Make.Change("orders", 7)], Ann))![0].Version);
        journal.Dispose();
        await store.DisposeAsync();
    }

    /// <summary>Of a rollout and a change that two control planes make of the same state, whichever comes second.</summary>
    private static async Task OnlyOneIsMadeAsync(IStore store)
    {
        await store.LoadAsync(default);
        var (begins, changes) = (new ConfigBatch(ConfigState.Empty, Ann, new Timestamp()), new ConfigBatch(ConfigState.Empty, Ann, new Timestamp()));
        begins.Begin(Make.Change("late"), new Rollout { Id = "late", State = Rollout.Types.State.Promoted }, 7);
        changes.Add(Make.Change("late"));
        Assert.True((await store.AppendAsync(begins.ToBatch())).IsApplied);
        Assert.False((await store.AppendAsync(changes.ToBatch())).IsApplied);
    }

    [Fact]
    public async Task Two_control_planes_do_not_both_begin_one_and_none_changes_what_another_tries_out()
    {
        await using var store = new MemoryStore(TimeProvider.System);
        var (one, first) = await ReadAsync(store);
        var (other, second) = await ReadAsync(store);
        // There is no version yet: what some try out is the first, and to give it up is to have none again.
        var begun = await BeginAsync(first, attempts: 3);
        await Assert.ThrowsAsync<RolloutUnderWayException>(() => BeginAsync(second, attempts: 4));
        await Assert.ThrowsAsync<RolloutUnderWayException>(() => second.ApplyAsync([Make.Change("orders", 9)], Ann));
        // What a file says at the start of a control plane waits for the next one; the rest of the file does not.
        await second.ApplyFileAsync([Make.Change("orders", 8), Make.Change("users", 2)], Ann);
        Assert.NotNull(first.Find(ConfigKinds.Policy, "users"));
        Assert.Null(first.Find(ConfigKinds.Policy, "orders"));
        var canary = Sidecar(begun!, has: true);
        Assert.Equal(1L, second.FindFor(ConfigKinds.Policy, "orders", canary)!.Version);
        Assert.Null(second.FindFor(ConfigKinds.Policy, "orders", Sidecar(begun!, has: false)));
        var running = second.FindRollout(ConfigKinds.Policy, "orders")!;
        Assert.True(await second.EndRolloutAsync(running, Decided(running, Rollout.Types.State.Aborted), Ann));
        Assert.True(first.FindFor(ConfigKinds.Policy, "orders", canary) is { IsDeleted: true, Version: 2 });
        one.Dispose();
        other.Dispose();
    }

    private static async Task<(Journal, ConfigResources)> ReadAsync(IStore store)
    {
        var fixture = new JournalFixture(store);
        var configs = new ConfigResources(TimeProvider.System, fixture.Journal, fixture.Replica, new HistoryBounds(), NullLogger<ConfigResources>.Instance);
        await fixture.Journal.StartAsync(Bound.Token());
        return (fixture.Journal, configs);
    }

    private static Task<RolloutEntry?> BeginAsync(ConfigResources configs, uint attempts) => configs.BeginRolloutAsync(
        Make.Change("orders", attempts),
        Ann,
        new Rollout
        {
            Id = $"r{attempts}",
            State = Rollout.Types.State.UnderWay,
            Staging = new Staging { Percent = 50, Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(2)), AbortIf = "success<99%", MinCalls = 100 },
        },
        ulong.MaxValue / 2,
        dryRun: false);

    private static Rollout Decided(RolloutEntry running, Rollout.Types.State state)
    {
        var decided = running.Rollout.Clone();
        (decided.State, decided.Why) = (state, "figures");
        return decided;
    }

    private static string Sidecar(RolloutEntry rollout, bool has) => Enumerable.Range(0, 1000).Select(i => $"web/web-{i}").First(name => rollout.Has(name) == has);

    private static uint Attempts(ConfigEntry entry) => ((ServiceConfig)entry.Value!).Retry.MaxAttempts;
}
