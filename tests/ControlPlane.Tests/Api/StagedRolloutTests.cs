using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Streams;
using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>Some sidecars get a version first, and it is judged by the calls that they and the others tell of.</summary>
public sealed class StagedRolloutTests : IAsyncLifetime
{
    private readonly List<ScriptedSidecar> _sidecars = [];
    private TestPlane _plane = null!;

    public async Task InitializeAsync()
    {
        _plane = await TestPlane.StartAsync(Make.Undamped);
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 2) } });
        for (var i = 0; i < 4; i++)
        {
            _sidecars.Add(await ScriptedSidecar.StartAsync(_plane, $"web-{i}"));
        }

        await Bound.UntilAsync(async () => (await ReadAsync()).Applied == 4);
    }

    public async Task DisposeAsync()
    {
        _sidecars.ForEach(sidecar => sidecar.Dispose());
        await _plane.DisposeAsync();
    }

    [Fact]
    public async Task One_that_does_as_well_as_the_others_is_promoted_with_the_figures_when_its_time_is_over()
    {
        var canary = await BeginAsync();
        Assert.Equal(1, _sidecars.Count(sidecar => sidecar.Version == 2));
        var receipts = await ReadAsync();
        Assert.Equal((1L, 4u, 4u, Rollout.Types.State.UnderWay), (receipts.Version, receipts.Concerned, receipts.Applied, receipts.Rollout.State));
        Assert.StartsWith("too few calls to judge: 0 of 100 calls (--min-calls); aborted in ", receipts.Rollout.Why, StringComparison.Ordinal);

        await TellAsync(canary, calls: 200, failures: 1, milliseconds: 10);
        await TellOthersAsync(calls: 500, failures: 2, milliseconds: 10);
        await Bound.UntilAsync(async () => (await ReadAsync()).Rollout is { Canary.Calls: 200, Others.Calls: 1500 });
        receipts = await ReadAsync();
        Assert.Equal((1u, 3u, 1UL, 6UL), (receipts.Rollout.Canary.Sidecars, receipts.Rollout.Others.Sidecars, receipts.Rollout.Canary.Failures, receipts.Rollout.Others.Failures));
        Assert.Empty(receipts.Rollout.Canary.Latencies);

        await UntilAsync(Rollout.Types.State.Promoted);
        await UntilAllHaveAsync(2);
        var versions = (await _plane.Config.ListVersionsAsync(new() { Service = "orders" })).Versions;
        Assert.StartsWith("try (promoted: 200 calls, success 99.5%, p50 ", versions[0].Resource.Reason, StringComparison.Ordinal);
        // What is over is not told of any more.
        Assert.All(_sidecars, sidecar => Assert.Empty(sidecar.Observed));
    }

    [Fact]
    public async Task One_that_fails_calls_is_given_up_at_once_and_all_have_again_what_they_had()
    {
        var canary = await BeginAsync();
        await TellAsync(canary, calls: 200, failures: 50, milliseconds: 10);
        await UntilAsync(Rollout.Types.State.Aborted, TimeSpan.FromSeconds(3));
        Assert.StartsWith("success<99%: 200 calls, success 75%, ", (await ReadAsync()).Rollout.Why, StringComparison.Ordinal);
        await UntilAllHaveAsync(3);
        Assert.Equal(2u, (await _plane.Config.GetAsync(new() { Service = "orders" })).Config.Retry.MaxAttempts);
        Assert.Equal("control plane", (await _plane.Config.GetAsync(new() { Service = "orders" })).Author);
    }

    [Fact]
    public async Task One_that_is_slower_than_the_others_is_given_up()
    {
        var canary = await BeginAsync();
        await TellAsync(canary, calls: 200, failures: 0, milliseconds: 90);
        await TellOthersAsync(calls: 50, failures: 0, milliseconds: 30);
        await UntilAsync(Rollout.Types.State.Aborted, TimeSpan.FromSeconds(3));
        Assert.StartsWith("p99>2x: ", (await ReadAsync()).Rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_seen_with_another_version_does_not_count_and_without_enough_calls_it_is_given_up()
    {
        var canary = await BeginAsync();
        await TellAsync(canary, calls: 1000, failures: 1000, milliseconds: 10, version: 1);
        await TellAsync(_sidecars.First(sidecar => sidecar != canary), calls: 1000, failures: 0, milliseconds: 10, version: 2);
        await TellAsync(canary, calls: 99, failures: 0, milliseconds: 10);
        await Bound.UntilAsync(async () => (await ReadAsync()).Rollout.Canary.Calls == 99);
        Assert.Equal(0UL, (await ReadAsync()).Rollout.Others.Calls);
        await UntilAsync(Rollout.Types.State.Aborted);
        Assert.StartsWith("too few calls to judge: 99 of 100 calls", (await ReadAsync()).Rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_a_sidecar_rejects_is_given_up()
    {
        _sidecars.ForEach(sidecar => sidecar.Rejects = 2);
        await BeginAsync(isApplied: false);
        // Its word takes its own time, in which the clock goes on by no more than what is gathered for.
        await Bound.UntilAsync(async () =>
        {
            _plane.Time.Advance(TimeSpan.FromMilliseconds(5));
            var known = await ReadAsync();
            return known.Rollout.State == Rollout.Types.State.Aborted || known.Receipts.Any(receipt => receipt.Rejected == 2);
        });
        await UntilAsync(Rollout.Types.State.Aborted, TimeSpan.FromSeconds(3));
        Assert.Matches("^the sidecar web/web-. rejects it: not that one$", (await ReadAsync()).Rollout.Why);
    }

    [Fact]
    public async Task It_is_ended_by_hand_and_stands_in_the_way_of_other_changes_until_then()
    {
        await BeginAsync();
        const string way = "orders: version 2 is being tried out, which has to be over first: 'meshctl rollout promote orders' or 'meshctl rollout abort orders' ends it now";
        await AssertRefusedAsync(StatusCode.FailedPrecondition, way, async () => await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 7) } }));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, way, async () => await _plane.Config.DeleteAsync(new() { Service = "orders" }));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, way, async () => await _plane.Config.ApplyAsync(Request(Make.Config("orders", 7))));

        var decided = await _plane.Config.DecideRolloutAsync(new() { Service = "orders", Decision = Rollout.Types.State.Promoted, Author = "ann", Reason = "sure" });
        Assert.Equal((Rollout.Types.State.Promoted, "by ann: sure"), (decided.State, decided.Why));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "the staged rollout of the configuration of service 'orders' is over: version 2 was promoted",
            async () => await _plane.Config.DecideRolloutAsync(new() { Service = "orders", Decision = Rollout.Types.State.Aborted }));
        await UntilAllHaveAsync(2);
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 7) } });
        await AssertRefusedAsync(StatusCode.NotFound, "the configuration of service 'users' has no staged rollout",
            async () => await _plane.Config.DecideRolloutAsync(new() { Service = "users", Decision = Rollout.Types.State.Aborted }));
        await AssertRefusedAsync(StatusCode.InvalidArgument, "decision: must be PROMOTED or ABORTED", async () => await _plane.Config.DecideRolloutAsync(new() { Service = "orders" }));
    }

    [Fact]
    public async Task What_cannot_be_tried_out_is_refused_and_a_dry_run_changes_nothing()
    {
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "users: no sidecar that it concerns is connected", async () => await _plane.Config.ApplyAsync(Request(Make.Config("users"))));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "orders: it is so already", async () => await _plane.Config.ApplyAsync(Request(Make.Config("orders", 2))));
        await AssertRefusedAsync(StatusCode.InvalidArgument, "staging: tries out one resource, and the request has 2",
            async () => await _plane.Config.ApplyAsync(Request(Make.Config("orders", 5), Make.Config("users", 5))));
        var unclear = Request(Make.Config("orders", 5));
        unclear.Staging = new Staging { Percent = double.NaN, AbortIf = "never", MinCalls = 0 };
        await AssertRefusedAsync(StatusCode.InvalidArgument,
            "staging.percent: is not above 0 and below 100\nstaging.duration: is not within 1s to 7 days\nstaging.abort_if: 'never' is not one of success, p50, p90, p95, p99, for example 'success<99% or p99>2x'\nstaging.min_calls: 0 is not within 1 to 1000000",
            async () => await _plane.Config.ApplyAsync(unclear));
        var dry = Request(Make.Config("orders", 5));
        dry.DryRun = true;
        Assert.Equal(2, (await _plane.Config.ApplyAsync(dry)).Resources[0].Version);
        Assert.Null((await ReadAsync()).Rollout);
    }

    private static async Task AssertRefusedAsync(StatusCode code, string message, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, refused.StatusCode);
        Assert.StartsWith(message, refused.Status.Detail, StringComparison.Ordinal);
    }

    private static ApplyRequest Request(params ConfigResource[] resources) => new()
    {
        Resources = { resources },
        Reason = "try",
        Staging = new Staging { Percent = 10, Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(2)), AbortIf = "success<99% or p99>2x" },
    };

    private async Task<ListReceiptsResponse> ReadAsync() => await _plane.Config.ListReceiptsAsync(new() { Service = "orders" });

    private async Task<ScriptedSidecar> BeginAsync(bool isApplied = true)
    {
        Assert.Equal(2, (await _plane.Config.ApplyAsync(Request(Make.Config("orders", 3)))).Resources[0].Version);
        if (!isApplied)
        {
            return _sidecars[0];
        }

        await UntilAsync(() => _sidecars.Exists(sidecar => sidecar.Version == 2) && _sidecars.TrueForAll(sidecar => sidecar.Observed.Count == 1), TimeSpan.FromMilliseconds(5));
        return _sidecars.Single(sidecar => sidecar.Version == 2);
    }

    private static Task TellAsync(ScriptedSidecar sidecar, ulong calls, ulong failures, double milliseconds, long? version = null)
    {
        var index = LatencyScale.IndexOf(TimeSpan.FromMilliseconds(milliseconds).Ticks);
        return sidecar.SayAsync(new DiscoveryRequest
        {
            Signals = new V1.Signals
            {
                Observer = sidecar.Observed.Single(),
                Version = version ?? sidecar.Version,
                Calls = calls,
                Failures = failures,
                Latencies = { new LatencyCount { Index = (uint)index, Count = calls } },
            },
        });
    }

    private async Task TellOthersAsync(ulong calls, ulong failures, double milliseconds)
    {
        foreach (var sidecar in _sidecars.Where(sidecar => sidecar.Version == 1))
        {
            await TellAsync(sidecar, calls, failures, milliseconds);
        }
    }

    /// <summary>Its time passes: all of it, or as much as it takes at most.</summary>
    private async Task UntilAsync(Rollout.Types.State state, TimeSpan? longest = null)
    {
        var began = _plane.Time.GetTimestamp();
        await Bound.UntilAsync(async () =>
        {
            if ((await ReadAsync()).Rollout.State == state)
            {
                return true;
            }

            if (longest is null || _plane.Time.GetElapsedTime(began) < longest)
            {
                _plane.Time.Advance(TimeSpan.FromSeconds(1));
            }

            return false;
        });
    }

    private Task UntilAllHaveAsync(long version) => UntilAsync(() => _sidecars.TrueForAll(sidecar => sidecar.Version == version && sidecar.Observed.Count == 0), Pace.Shortest);

    private Task UntilAsync(Func<bool> condition, TimeSpan step) => Bound.UntilAsync(() =>
    {
        _plane.Time.Advance(step);
        return condition();
    });

    /// <summary>A sidecar's stream that applies what it is sent, or does not.</summary>
    private sealed class ScriptedSidecar : IDisposable
    {
        private readonly AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> _call;
        private readonly SemaphoreSlim _writing = new(1);

        private ScriptedSidecar(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call) => _call = call;

        /// <summary>Of the policy.</summary>
        public long Version { get; private set; }

        public IReadOnlyList<string> Observed { get; private set; } = [];

        public long Rejects { get; set; }

        public static async Task<ScriptedSidecar> StartAsync(TestPlane plane, string instance)
        {
            var sidecar = new ScriptedSidecar(plane.Discovery.Connect(cancellationToken: Bound.Token()));
            await sidecar.SayAsync(new() { Hello = new Hello { Service = "web", InstanceId = instance } });
            await sidecar.SayAsync(new() { Subscribe = new Subscribe { Services = { "orders" } } });
            _ = sidecar.ApplyAsync();
            return sidecar;
        }

        public async Task SayAsync(DiscoveryRequest request)
        {
            await _writing.WaitAsync();
            await _call.RequestStream.WriteAsync(request);
            _writing.Release();
        }

        public void Dispose() => _call.Dispose();

        private async Task ApplyAsync()
        {
            while (await _call.ResponseStream.MoveNext(Bound.Token()))
            {
                var response = _call.ResponseStream.Current;
                var ack = new Ack { Nonce = response.Nonce };
                if (response.Resources.FirstOrDefault(resource => resource.Kind == "policy") is { } policy)
                {
                    if (policy.Version == Rejects)
                    {
                        ack.Rejected.Add(new V1.RejectedResource { Kind = "policy", Name = "orders", Error = "not that one" });
                    }
                    else
                    {
                        Version = policy.Version;
                    }
                }

                if (response.Observe is { } observe)
                {
                    Observed = [.. observe.Resources.Select(resource => resource.Observer)];
                }

                if (response.Resources.Count != 0)
                {
                    await SayAsync(new() { Ack = ack });
                }
            }
        }
    }
}
