using Mesh.Sidecar.Flow.GrpcWeb;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Tests.Flow.GrpcWeb;

/// <summary>What a browser is told about pages of other origins.</summary>
public sealed class CorsPolicyTests
{
    private static readonly CorsOptions Shop = new(["https://shop.example", "http://localhost:8080"], ["x-request-id"]);

    private static readonly string[] Question =
        [":method: OPTIONS", ":path: /a.B/C", "access-control-request-method: POST", "access-control-request-headers: content-type,x-grpc-web,x-user-agent"];

    [Fact]
    public void A_page_that_may_is_told_so()
    {
        var (decision, answer) = Ask(Shop, [.. Question, "origin: https://shop.example"]);
        Assert.Equal("Preflight", decision);
        Assert.Equal(
            [
                ":status: 204", "access-control-allow-origin: https://shop.example", "vary: origin", "access-control-allow-methods: POST",
                "access-control-allow-headers: content-type,x-grpc-web,x-user-agent", "access-control-max-age: 600",
            ],
            answer);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://shop.example.evil.example")]
    [InlineData("http://shop.example")]
    [InlineData("https://shop.example:8443")]
    [InlineData("https://SHOP.example")]
    [InlineData("null")]
    public void A_page_that_may_not_is_refused(string origin)
    {
        var (decision, answer) = Ask(Shop, [.. Question, $"origin: {origin}"]);
        Assert.Equal("Refused", decision);
        Assert.Equal([":status: 403", "vary: origin"], answer);
        Assert.Equal("Ordinary", Decide(Shop, ":method: POST", $"origin: {origin}"));
    }

    [Fact]
    public void Everybody_may_where_all_may_and_nobody_brings_a_secret()
    {
        var options = new CorsOptions(["*"], [], AllowsCredentials: true, MaxAge: TimeSpan.Zero);
        var (decision, answer) = Ask(options, [.. Question, "origin: null"]);
        Assert.Equal("Preflight", decision);
        Assert.Equal("access-control-allow-origin: *", answer[1]);
        Assert.Equal("access-control-max-age: 0", answer[^1]);
        Assert.DoesNotContain("access-control-allow-credentials: true", answer);
    }

    [Fact]
    public void Credentials_are_allowed_to_pages_by_name() =>
        Assert.Contains("access-control-allow-credentials: true", Ask(Shop with { AllowsCredentials = true }, [.. Question, "origin: https://shop.example"]).Answer);

    [Theory]
    [InlineData(":method: OPTIONS", "origin: https://shop.example")]
    [InlineData(":method: OPTIONS", "origin: https://shop.example", "access-control-request-method: POST")]
    [InlineData(":method: OPTIONS", "origin: https://shop.example", "access-control-request-method: POST", "access-control-request-headers: content-type")]
    [InlineData(":method: OPTIONS", "origin: https://shop.example", "access-control-request-method: PUT", "access-control-request-headers: x-grpc-web")]
    [InlineData(":method: OPTIONS", "access-control-request-method: POST", "access-control-request-headers: x-grpc-web")]
    [InlineData(":method: POST")]
    public void What_is_about_no_call_of_gRPC_Web_is_the_apps_to_answer(params string[] request) =>
        Assert.True(Decide(Shop, request) is "Ordinary" or "Call");

    [Fact]
    public void Without_options_nothing_is_said()
    {
        Assert.Equal("Ordinary", Decide(CorsOptions.None, [.. Question, "origin: https://shop.example"]));
        Assert.Equal("Ordinary", Decide(CorsOptions.None, ":method: POST", "origin: https://shop.example"));
    }

    [Fact]
    public void The_answer_to_a_call_says_once_who_may_read_it_and_what()
    {
        var request = GrpcWebCallTests.List(":method: POST", "origin: http://localhost:8080");
        var policy = new CorsPolicy(Shop);
        Assert.Equal(CorsRequest.Call, policy.Decide(request));
        var response = GrpcWebCallTests.List(":status: 200", "access-control-allow-origin: *", "vary: accept");
        policy.Allow(request, response);
        Assert.Equal(
            [
                ":status: 200", "vary: accept", "access-control-allow-origin: http://localhost:8080", "vary: origin",
                "access-control-expose-headers: grpc-status, grpc-message, grpc-status-details-bin, x-request-id",
            ],
            GrpcWebCallTests.Lines(response));
    }

    private static string Decide(CorsOptions options, params string[] request) =>
        new CorsPolicy(options).Decide(GrpcWebCallTests.List(request)).ToString();

    private static (string Decision, string[] Answer) Ask(CorsOptions options, string[] lines)
    {
        var request = GrpcWebCallTests.List(lines);
        var policy = new CorsPolicy(options);
        var decision = policy.Decide(request);
        var answer = new HeaderList();
        policy.Answer(request, decision, answer);
        return (decision.ToString(), GrpcWebCallTests.Lines(answer));
    }
}
