using System.Net;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

public sealed class RetryTests
{
    [Fact]
    public async Task A_status_that_the_policy_names_is_tried_again_and_nothing_of_it_is_seen()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 1;
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [web.Address], "{retry: {http_statuses: [503], backoff_base: 0.001s, backoff_max: 0.001s}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/flaky");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
        Assert.Single(answer.Headers.GetValues("x-seen"));
        Assert.Equal(2, web.Seen.Count);
    }

    [Fact]
    public async Task When_attempts_run_out_the_last_answer_is_the_endpoints_own()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 10;
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [web.Address], "{retry: {max_attempts: 2, http_statuses: [503], backoff_base: 0.001s, backoff_max: 0.001s}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/flaky");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("not now", await answer.Content.ReadAsStringAsync());
        Assert.Equal(2, web.Seen.Count);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60_000)]
    public async Task A_body_that_is_still_at_hand_goes_to_another_instance_when_the_first_has_not_seen_it(int length)
    {
        await using var web = await WebServer.StartAsync();
        // Its app is not there: it says so, having read the body.
        await using var lost = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", "127.0.0.1:1");
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [lost.Inbound, web.Address], "{balancing: {policy: ROUND_ROBIN}, breaker: {disabled: true}}"));
        using var client = WebCalls.Client();
        var body = new string('x', length - 1) + "!";

        for (var i = 0; i < 10; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web", "/", HttpMethod.Post, body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(10, web.Seen.Count);
    }

    [Fact]
    public async Task A_body_that_is_not_at_hand_any_more_is_told_of_as_what_happened()
    {
        // As a sidecar says that its app is not there; more has come by then than is kept for another attempt.
        await using var lost = new RawServer(async (server, connection) =>
        {
            await server.ReadHeadAsync(connection);
            var some = new byte[500_000];
            await connection.ReadExactlyAsync(some, Bound.Token);
            await RawServer.SayAsync(connection, "HTTP/1.1 503 Service Unavailable\r\nx-mesh-not-processed: 1\r\nContent-Length: 0\r\n\r\n");
            await connection.CopyToAsync(Stream.Null, Bound.Token);
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [lost.Address], "{breaker: {disabled: true}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/", HttpMethod.Post, new string('x', 1_000_000));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            $"service 'web': {lost.Address} refused the call and has not looked at it (1 attempt)", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(lost.Heads);
    }

    [Fact]
    public async Task A_body_that_was_sent_is_not_sent_again()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 1;
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [web.Address], "{retry: {http_statuses: [503], backoff_base: 0.001s, backoff_max: 0.001s}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/flaky", HttpMethod.Post, new string('x', 100_000));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Single(web.Seen);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_gives_way_to_the_next()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 1;
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [web.Address], "{timeouts: {per_try: 2s}, retry: {codes: [UNAVAILABLE], backoff_base: 0.001s, backoff_max: 0.001s}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/late");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, web.Seen.Count);
    }

    [Theory]
    [InlineData("per_try", "within timeouts.per_try of 2s (1 attempt)")]
    [InlineData("request", "within timeouts.request of 2s (1 attempt)")]
    public async Task A_call_that_takes_too_long_is_told_so(string timeout, string why)
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 1;
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], $"{{timeouts: {{{timeout}: 2s}}}}"));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/late");

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal($"service 'web': no answer from {web.Address} {why}", (await answer.Content.ReadAsStringAsync()).Trim());
    }

    [Fact]
    public async Task The_time_of_an_attempt_ends_with_the_answers_head()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], "{timeouts: {per_try: 2s}}"));
        using var client = WebCalls.Client();
        // The first call pays for the start.
        for (var i = 0; i < 2; i++)
        {
            using var warm = await client.CallAsync(sidecar.Outbound, "web");
        }

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/slow");

        Assert.Equal("whole", await answer.Content.ReadAsStringAsync());
    }
}
