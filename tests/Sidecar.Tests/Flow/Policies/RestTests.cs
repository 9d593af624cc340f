using Mesh.Conformance.Peer;
using Mesh.Policy.Balancing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>An answer may ask that its endpoint be left alone for a time.</summary>
public sealed class RestTests
{
    [Theory]
    [InlineData(8, "grpc-retry-pushback-ms: 5000", 5000)]
    [InlineData(14, "grpc-retry-pushback-ms: 5000", 5000)]
    [InlineData(8, "retry-after: 5", 5000)]
    [InlineData(8, "grpc-retry-pushback-ms: 3600000", 30_000)]
    [InlineData(8, "grpc-retry-pushback-ms: -1", 0)]
    [InlineData(8, "grpc-retry-pushback-ms: soon", 0)]
    [InlineData(8, "x-other: 5", 0)]
    [InlineData(5, "grpc-retry-pushback-ms: 5000", 0)]
    [InlineData(0, "grpc-retry-pushback-ms: 5000", 0)]
    public void In_gRPC_by_the_end_of_its_answer(int code, string field, int milliseconds)
    {
        AssertRests(Plain, milliseconds, up => up.Send(ServerConnection.TrailersOnly(1, $"grpc-status: {code}", field)), isGrpc: true);
        AssertRests(Plain, milliseconds, up => up.Send(ServerConnection.Head(1), ServerConnection.Status(1, code, field)), isGrpc: true);
    }

    [Theory]
    [InlineData(429, "retry-after: 5", 5000)]
    [InlineData(503, "retry-after: 5", 5000)]
    [InlineData(429, "retry-after: 99999999999999999999", 0)]
    [InlineData(429, "retry-after: -5", 0)]
    [InlineData(503, "retry-after: Fri, 27 Nov 2026 20:00:07 GMT", 7000)]
    [InlineData(503, "retry-after: Fri, 27 Nov 2026 19:00:00 GMT", 0)]
    [InlineData(404, "retry-after: 5", 0)]
    [InlineData(301, "retry-after: 5", 0)]
    public void In_HTTP_by_its_head(int status, string field, int milliseconds)
    {
        string[] head = [$":status: {status}", "date: Fri, 27 Nov 2026 20:00:00 GMT", field];
        AssertRests(Plain, milliseconds, up => up.Send(Frames.Headers(1, HeaderBlock.Of(head), end: true)), isGrpc: false);
        AssertRests(Plain, milliseconds, up => up.Send(Frames.Headers(1, HeaderBlock.Of(head)), Frames.Data(1, [1], end: true)), isGrpc: false);
    }

    [Fact]
    public void Somebody_who_answers_a_call_of_gRPC_in_HTTP_is_heard_as_well() => AssertRests(
        Plain, 5000, up => up.Send(Frames.Headers(1, HeaderBlock.Of([":status: 429", "retry-after: 5"]), end: true)), isGrpc: true);

    [Fact]
    public void Where_the_policy_allows_none_nobody_rests() => AssertRests(
        Plain with { Balancing = Plain.Balancing with { MaxRest = TimeSpan.Zero } },
        0,
        up => up.Send(ServerConnection.TrailersOnly(1, "grpc-status: 8", "grpc-retry-pushback-ms: 5000")),
        isGrpc: true);

    /// <summary>After the answer its endpoint gets no call for so long, and then some again.</summary>
    private static void AssertRests(Mesh.Policy.Routing.ServicePolicyOptions policy, int milliseconds, Action<ServerConnection> answer, bool isGrpc)
    {
        var rig = new FlowRig(2, policy);
        var caller = rig.Caller();
        _ = isGrpc ? caller.Call() : caller.Get();
        var server = rig.Wanted();
        var up = server.Accept();
        up.Take();
        answer(up);
        caller.Take();
        var state = server.Endpoint.State;
        Assert.Equal(milliseconds > 0, state.IsResting(rig.Loop.Now));
        if (milliseconds > 0)
        {
            rig.Advance(milliseconds - 1);
            Assert.True(state.IsResting(rig.Loop.Now));
            for (var i = 0; i < 20; i++)
            {
                caller.Call();
            }

            Assert.DoesNotContain(up.Take(), frame => frame.StartsWith("HEADERS", StringComparison.Ordinal));
            rig.Advance(2);
            Assert.False(state.IsResting(rig.Loop.Now));
        }
    }
}
