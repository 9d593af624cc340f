using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Resources.Rollouts;
using Mesh.Sidecar.Discovery;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>What the sidecar tells of calls to a control plane that judges a configuration by them.</summary>
public sealed class ObservationTests : ControlPlaneClientFixture
{
    private static readonly long Quick = TimeSpan.FromMilliseconds(5).Ticks;

    private readonly ObservedResource _users = new() { Kind = "policy", Name = "users", Observer = "r1" };

    [Fact]
    public async Task What_has_come_about_since_it_was_asked_and_then_since_the_last_time()
    {
        var stream = await BeginAsync();
        Record(GrpcStatus.Internal, Quick); // before anybody asks
        await ObserveAsync(stream, _users);
        Record(GrpcStatus.Ok, Quick);
        Record(GrpcStatus.Unavailable, 10 * Quick);
        Record(GrpcStatus.NotFound, Quick);
        Record(GrpcStatus.Cancelled, Quick);
        var first = await SignalsAsync(stream);
        Assert.Equal(("r1", 3L, 3UL, 1UL), (first.Observer, first.Version, first.Calls, first.Failures));
        Assert.Equal(
            [((uint)LatencyScale.IndexOf(Quick), 2UL), ((uint)LatencyScale.IndexOf(10 * Quick), 1UL)],
            first.Latencies.Select(latency => (latency.Index, latency.Count)));
        Record(GrpcStatus.Ok, Quick);
        Assert.Equal(1UL, (await SignalsAsync(stream)).Calls);
    }

    [Fact]
    public void What_falls_on_a_change_of_the_version_is_left_out()
    {
        SetPolicy(3);
        var observed = new ObservedCalls("r1", () => Cluster("users"));
        Assert.Null(observed.Tell());
        Record(GrpcStatus.Internal, Quick);
        SetPolicy(4);
        Record(GrpcStatus.Internal, Quick);
        Assert.Null(observed.Tell());
        Record(GrpcStatus.Ok, Quick);
        var signals = observed.Tell()!;
        Assert.Equal((4L, 1UL, 0UL), (signals.Version, signals.Calls, signals.Failures));
        Assert.Null(observed.Tell());
    }

    [Fact]
    public async Task Nothing_is_counted_once_nobody_asks_or_the_stream_is_over()
    {
        var stream = await BeginAsync();
        await ObserveAsync(stream, _users, new ObservedResource { Kind = "policy", Name = "unknown", Observer = "r2" }, new ObservedResource { Kind = "inbound", Name = "users", Observer = "r3" });
        await stream.ObserveAsync();
        await Wait.UntilAsync(() => Cluster("users")!.Statistics.Observation is null);
        await ObserveAsync(stream, _users);
        stream.End();
        await Wait.UntilAsync(() => Cluster("users")!.Statistics.Observation is null);
    }

    private async Task<ScriptedStream> BeginAsync()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync(ScriptedStream.Endpoints("users", 1, ("users-1", "127.0.0.1:5001")));
        await stream.SendAsync("users", 3, new ServiceConfig());
        await AdvanceUntilAcknowledgedAsync(stream);
        return stream;
    }

    private void SetPolicy(long version)
    {
        _directory.SetEndpoints("users", 1, isKnown: true, []);
        _directory.SetPolicy("users", version, ServicePolicyOptions.Default);
        _directory.Publish();
    }

    private async Task ObserveAsync(ScriptedStream stream, params ObservedResource[] resources)
    {
        await stream.ObserveAsync(resources);
        await Wait.UntilAsync(() => Cluster("users")!.Statistics.Observation is not null);
    }

    private void Record(int code, long ticks) => Cluster("users")!.Statistics.For(0, "/m"u8, isKnown: true, now: 0).Record(code, ticks);

    private async Task<Signals> SignalsAsync(ScriptedStream stream)
    {
        var next = NextAsync(stream);
        await AdvanceUntilAsync(() => next.IsCompleted);
        return await next;
    }

    private static async Task<Signals> NextAsync(ScriptedStream stream)
    {
        while (true)
        {
            if ((await stream.NextAsync()).Signals is { } signals)
            {
                return signals;
            }
        }
    }
}
