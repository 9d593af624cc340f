using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class ShapesTests(Paths paths) : IClassFixture<Paths>
{
    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_unary_call_comes_back_with_what_was_sent(string path)
    {
        var request = Calls.Request(new Behaviour(), 1000);
        var reply = await paths.Client(path).UnaryAsync(request, cancellationToken: Bound.Token);
        Assert.Equal(request.Payload, reply.Payload);
        Assert.Equal(path, reply.Authority);
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_server_stream_arrives_whole_and_in_order(string path)
    {
        using var call = paths.Client(path).ServerStream(Calls.Request(new Behaviour { Replies = 1000 }, 100), cancellationToken: Bound.Token);
        var replies = await call.ResponseStream.ToListAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (ulong)i), replies.Select(reply => reply.Index));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_client_stream_arrives_whole(string path)
    {
        using var call = paths.Client(path).ClientStream(cancellationToken: Bound.Token);
        for (var i = 0; i < 1000; i++)
        {
            await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 100));
        }

        await call.RequestStream.CompleteAsync();
        var reply = await call;
        Assert.Equal((1000ul, 100_000ul), (reply.Requests, reply.Bytes));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task In_a_bidirectional_stream_each_answer_comes_before_the_next_question(string path)
    {
        using var call = paths.Client(path).Bidi(cancellationToken: Bound.Token);
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), i));
            Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
            Assert.Equal(((ulong)i, i), (call.ResponseStream.Current.Index, call.ResponseStream.Current.Payload.Length));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Bound.Token));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Streams_without_a_message_end_well(string path)
    {
        using var down = paths.Client(path).ServerStream(new EchoRequest(), cancellationToken: Bound.Token);
        Assert.Empty(await down.ResponseStream.ToListAsync());

        using var up = paths.Client(path).ClientStream(cancellationToken: Bound.Token);
        await up.RequestStream.CompleteAsync();
        Assert.Equal(0ul, (await up).Requests);

        using var both = paths.Client(path).Bidi(cancellationToken: Bound.Token);
        await both.RequestStream.CompleteAsync();
        Assert.Empty(await both.ResponseStream.ToListAsync());
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_stream_whose_head_comes_long_before_its_first_message_shows_the_head(string path)
    {
        using var ended = new CancellationTokenSource();
        using var call = paths.Client(path).ServerStream(
            Calls.Request(new Behaviour { HeadFirst = true, Hang = true }), cancellationToken: ended.Token);
        await call.ResponseHeadersAsync.WaitAsync(Bound.Limit);
        await ended.CancelAsync();
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Messages_of_4_MB_pass_both_ways(string path)
    {
        var request = Calls.Request(new Behaviour(), 4 * 1024 * 1024);
        var reply = await paths.Client(path).UnaryAsync(request, cancellationToken: Bound.Token);
        Assert.Equal(request.Payload, reply.Payload);
    }

    [Fact]
    public async Task An_upstreams_own_port_leads_to_it_whatever_the_authority()
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server), "--upstream", "echo=127.0.0.1:0");
        var client = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Upstream("echo"), "no-such-service.example"));
        var reply = await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        Assert.Equal("no-such-service.example", reply.Authority);
    }

    [Theory]
    [InlineData("echo.mesh")]
    [InlineData("echo:8080")]
    [InlineData("echo.mesh:50051")]
    public async Task A_service_is_known_by_its_other_names_too(string authority)
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server));
        var reply = await new Echo.EchoClient(sidecar.Channel(authority)).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        Assert.Equal(authority, reply.Authority);
    }
}
