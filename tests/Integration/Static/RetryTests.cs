using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Integration.Static;

public sealed class RetryTests : IAsyncLifetime
{
    private const int RefusedStream = 7; // RFC 9113 section 7
    private const int Unavailable = (int)StatusCode.Unavailable;
    private const string Policy = "breaker: {disabled: true}, retry: {max_attempts: 3, codes: [UNAVAILABLE], backoff_base: 1ms}";

    private EchoServer _server = null!;
    private Sidecar _sidecar = null!;
    private Echo.EchoClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await EchoServer.StartAsync();
        await StartAsync($"{{{Policy}}}");
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the status comes after a head
    public async Task A_code_of_the_policy_is_tried_again_with_the_same_message(bool headFirst)
    {
        var request = Calls.Request(new Behaviour { Status = Unavailable, FailFirst = 2, Key = "k", HeadFirst = headFirst }, 30_000);
        var reply = await _client.UnaryAsync(request, cancellationToken: Bound.Token);
        Assert.Equal(request.Payload, reply.Payload);
        Assert.Equal("2", reply.PreviousAttempts);
        Assert.Equal(3, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task The_first_attempt_says_nothing_of_attempts()
    {
        Assert.Empty((await _client.UnaryAsync(new Behaviour())).PreviousAttempts);
    }

    [Fact]
    public async Task The_last_failure_is_the_answer_when_all_attempts_fail()
    {
        var status = await _client.FailureAsync(new Behaviour { Status = Unavailable, StatusMessage = "busy", Key = "k" });
        Assert.Equal(new Status(StatusCode.Unavailable, "busy"), status);
        Assert.Equal(3, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task A_code_that_the_policy_does_not_name_is_final()
    {
        var behaviour = new Behaviour { Status = (int)StatusCode.Aborted, FailFirst = 1, Key = "k" };
        Assert.Equal(StatusCode.Aborted, (await _client.FailureAsync(behaviour)).StatusCode);
        Assert.Equal(1, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task All_messages_of_a_client_stream_are_sent_again()
    {
        using var call = _client.ClientStream(cancellationToken: Bound.Token);
        for (var i = 0; i < 10; i++)
        {
            await call.RequestStream.WriteAsync(Calls.Request(new Behaviour { Status = Unavailable, FailFirst = 1, Key = "k" }, 1000));
        }

        await call.RequestStream.CompleteAsync();
        var reply = await call;
        Assert.Equal((10ul, 10_000ul, "1"), (reply.Requests, reply.Bytes, reply.PreviousAttempts));
    }

    [Fact]
    public async Task A_client_that_sends_on_during_a_retry_loses_nothing()
    {
        await using var refusing = await EchoServer.StartRawAsync(async context =>
        {
            var some = new byte[100];
            await context.Request.Body.ReadExactlyAsync(some);
            context.Features.Get<IHttpResetFeature>()!.Reset(RefusedStream);
        });
        await StartAsync("{balancing: {policy: ROUND_ROBIN}}", refusing);
        for (var round = 0; round < 4; round++)
        {
            using var call = _client.Bidi(cancellationToken: Bound.Token);
            for (var i = 0; i < 200; i++)
            {
                await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), i));
            }

            await call.RequestStream.CompleteAsync();
            Assert.Equal(Enumerable.Range(0, 200), (await call.ResponseStream.ToListAsync()).Select(reply => reply.Payload.Length));
        }
    }

    [Fact]
    public async Task A_message_above_the_replay_limit_is_sent_once()
    {
        var status = await _client.FailureAsync(new Behaviour { Status = Unavailable, FailFirst = 1, Key = "k" }, bytes: 100_000);
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.Equal(1, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task What_a_client_has_seen_is_not_tried_again()
    {
        var behaviour = new Behaviour { StatusAfter = 2, Status = Unavailable, FailFirst = 1, Key = "k" };
        using var call = _client.ServerStream(Calls.Request(behaviour), cancellationToken: Bound.Token);
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(StatusCode.Unavailable, (await Calls.FailureAsync(() => call.ResponseStream.ToListAsync())).StatusCode);
        Assert.Equal(1, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task A_server_that_pushes_back_is_left_in_peace()
    {
        var behaviour = new Behaviour { Status = Unavailable, FailFirst = 1, Key = "k", Trailers = { ["grpc-retry-pushback-ms"] = "-1" } };
        await _client.FailureAsync(behaviour);
        Assert.Equal(1, _server.Counts.Of("k"));
    }

    [Fact]
    public async Task Only_methods_that_the_policy_names_are_tried_again()
    {
        await StartAsync("{breaker: {disabled: true}, retry: {codes: [UNAVAILABLE], methods: [/integration.v1.Echo/Unary], backoff_base: 1ms}}");
        await _client.UnaryAsync(new Behaviour { Status = Unavailable, FailFirst = 1, Key = "unary" });
        using var call = _client.ServerStream(
            Calls.Request(new Behaviour { Status = Unavailable, FailFirst = 1, Key = "stream" }), cancellationToken: Bound.Token);
        Assert.Equal(StatusCode.Unavailable, (await Calls.FailureAsync(() => call.ResponseStream.ToListAsync())).StatusCode);
        Assert.Equal((2, 1), (_server.Counts.Of("unary"), _server.Counts.Of("stream")));
    }

    [Fact]
    public async Task A_service_that_fails_entirely_gets_no_more_retries_than_the_budget_has()
    {
        await StartAsync("{breaker: {disabled: true}, retry: {codes: [UNAVAILABLE], backoff_base: 1ms, budget: {percent: 10, min_per_second: 0}}}");
        for (var i = 0; i < 100; i++)
        {
            await _client.FailureAsync(new Behaviour { Status = Unavailable });
        }

        Assert.InRange(_server.Counts.Calls, 101, 110);
    }

    [Fact]
    public async Task Another_endpoint_takes_over_from_one_that_always_fails()
    {
        await using var broken = await EchoServer.StartRawAsync(context =>
        {
            context.Response.ContentType = GrpcHttp.Type;
            context.Response.Headers["grpc-status"] = "14";
            return Task.CompletedTask;
        });
        await StartAsync($"{{balancing: {{policy: ROUND_ROBIN}}, {Policy}}}", broken);
        for (var i = 0; i < 20; i++)
        {
            await _client.UnaryAsync(new Behaviour());
        }

        Assert.Equal(20, _server.Counts.Calls);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_goes_to_another_endpoint()
    {
        await using var stuck = await EchoServer.StartRawAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        await StartAsync($"{{balancing: {{policy: ROUND_ROBIN}}, timeouts: {{per_try: 3s}}, {Policy}}}", stuck);
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _client.UnaryAsync(new Behaviour())));
        Assert.Contains(replies, reply => reply.PreviousAttempts == "1");
    }

    [Fact]
    public async Task Attempts_that_all_take_too_long_are_told()
    {
        await StartAsync("{timeouts: {per_try: 3s}, retry: {max_attempts: 2, codes: [UNAVAILABLE]}}");
        Assert.Equal(
            new Status(StatusCode.Unavailable, $"service 'echo': no answer from {_server.Address} within timeouts.per_try of 3s (2 attempts)"),
            await _client.FailureAsync(new Behaviour { Hang = true }));
        await Bound.UntilAsync(() => _server.Counts.Cancelled == 2, () => "both attempts are cancelled");
    }

    private async Task StartAsync(string config, params EchoServer[] others)
    {
        if (_sidecar is not null)
        {
            await _sidecar.DisposeAsync();
        }

        _sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", others.Append(_server).Select(s => s.Address), config));
        _client = new Echo.EchoClient(_sidecar.Channel("echo"));
    }
}
