using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Who ends a call, when, and how.</summary>
public sealed class EndingTests(Paths paths) : IClassFixture<Paths>
{
    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_status_ends_a_client_stream_while_the_client_still_sends(string path)
    {
        var behaviour = new Behaviour { StatusAfter = 3, Status = (int)StatusCode.OutOfRange, StatusMessage = "enough" };
        using var call = paths.Client(path).ClientStream(cancellationToken: Bound.Token);
        var request = Calls.Request(behaviour, 10_000);
        await Calls.FailureAsync(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(request);
            }
        });

        // A write that the end interrupts may say no more than that; the call itself says why.
        Assert.Equal(new Status(StatusCode.OutOfRange, "enough"), await Calls.FailureAsync(() => call.ResponseAsync));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_server_may_end_a_bidirectional_stream_well_while_the_client_still_sends(string path)
    {
        using var call = paths.Client(path).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(Calls.Request(new Behaviour { StatusAfter = 2 }, 10));
        await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 20));
        var replies = await call.ResponseStream.ToListAsync();
        Assert.Equal([10, 20], replies.Select(reply => reply.Payload.Length));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_server_goes_on_after_the_client_has_closed_its_half(string path)
    {
        using var call = paths.Client(path).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(Calls.Request(new Behaviour { DelayMs = 100 }, 10));
        await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 20));
        await call.RequestStream.CompleteAsync();
        Assert.Equal([10, 20], (await call.ResponseStream.ToListAsync()).Select(reply => reply.Payload.Length));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Messages_before_a_failure_arrive(string path)
    {
        var behaviour = new Behaviour { StatusAfter = 3, Status = (int)StatusCode.Aborted, StatusMessage = "no more" };
        using var call = paths.Client(path).ServerStream(Calls.Request(behaviour), cancellationToken: Bound.Token);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        }

        Assert.Equal(new Status(StatusCode.Aborted, "no more"), await Calls.FailureAsync(() => call.ResponseStream.MoveNext(Bound.Token)));
    }

    // gRPC over HTTP/2, "HTTP2 Transport Mapping", errors.
    [Theory]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    public async Task A_reset_by_the_server_becomes_the_status_that_its_code_stands_for(int code, StatusCode expected)
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server));
        var status = await new Echo.EchoClient(sidecar.Channel("echo")).FailureAsync(new Behaviour { ResetCodePlusOne = (uint)code + 1 });
        Assert.Equal(expected, status.StatusCode);
        Assert.Contains("'echo'", status.Detail, StringComparison.Ordinal);
        Assert.Contains(paths.Server.Address, status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_in_mid_stream_ends_the_stream_with_a_status()
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server));
        var behaviour = new Behaviour { ResetCodePlusOne = 3, StatusAfter = 2 };
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(Calls.Request(behaviour));
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        await call.RequestStream.WriteAsync(Calls.Request(behaviour));
        Assert.Equal(StatusCode.Internal, (await Calls.FailureAsync(() => call.ResponseStream.ToListAsync())).StatusCode);
    }

    [Fact]
    public async Task A_refused_stream_is_tried_again_and_then_told()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var status = await new Echo.EchoClient(sidecar.Channel("echo")).FailureAsync(new Behaviour { ResetCodePlusOne = 8 });
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.Contains("refused the call and has not looked at it", status.Detail, StringComparison.Ordinal);
        Assert.True(server.Counts.Calls > 1, "It was not tried again.");
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_call_whose_connection_breaks_is_unavailable_and_the_next_one_works(string path)
    {
        using var call = paths.Client(path).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        paths.Server.CutConnections();
        Assert.Equal(StatusCode.Unavailable, (await Calls.FailureAsync(() => call.ResponseStream.MoveNext(Bound.Token))).StatusCode);
        await paths.Client(path).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
    }

    [Fact]
    public async Task A_server_that_goes_away_finishes_what_it_has_and_gets_no_more()
    {
        var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var call = client.Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));

        var drained = server.DrainAsync();
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    await client.UnaryAsync(new Behaviour());
                    return false;
                }
                catch (RpcException refused)
                {
                    Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
                    return true;
                }
            },
            () => "a new call is refused");

        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Bound.Token));
        await drained.WaitAsync(Bound.Limit);
        await server.DisposeAsync();
    }
}
