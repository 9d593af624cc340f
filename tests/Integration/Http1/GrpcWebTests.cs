using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;

namespace Mesh.Integration.Http1;

/// <summary>gRPC-Web on the outbound port, as browsers speak it.</summary>
public sealed class GrpcWebTests
{
    private const string Page = "http://localhost:5173";

    [Theory]
    [InlineData("application/grpc-web+proto", "1.1")]
    [InlineData("application/grpc-web-text", "1.1")]
    [InlineData("application/grpc-web", "2.0")]
    [InlineData("application/grpc-web-text+proto", "2.0")]
    public async Task A_call_becomes_gRPC_and_its_answer_ends_with_the_trailers(string type, string version)
    {
        await using var echo = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", echo));
        using var client = WebCalls.Client();

        using var answer = await CallAsync(client, sidecar.Outbound, "ServerStream", Calls.Request(new Behaviour { Replies = 3 }, 20_000), type, version);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith(type.Split('+')[0], answer.Content.Headers.ContentType!.MediaType, StringComparison.Ordinal);
        var frames = Frames(type, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(4, frames.Count);
        Assert.All(frames[..3], frame => Assert.Equal(20_000, EchoReply.Parser.ParseFrom(frame.Body).Payload.Length));
        Assert.Equal(0x80, frames[3].Flag);
        Assert.Contains("grpc-status: 0\r\n", Encoding.ASCII.GetString(frames[3].Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_mesh_is_told_in_the_head()
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", ["127.0.0.1:1"]));
        using var client = WebCalls.Client();

        using var answer = await CallAsync(client, sidecar.Outbound, "Unary", new EchoRequest(), "application/grpc-web", "1.1");

        Assert.Equal("14", answer.Headers.GetValues("grpc-status").Single());
        Assert.Contains("cannot be reached", answer.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
        Assert.Equal("application/grpc-web", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Text_that_is_none_is_no_call()
    {
        await using var echo = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", echo));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);
        await client.SendAsync("POST /integration.v1.Echo/Unary HTTP/1.1\r\nHost: echo\r\nContent-Type: application/grpc-web-text\r\nContent-Length: 8\r\n\r\n!!!!!!!!");
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadUntilAsync("x-mesh-error: the body is not base64"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Page, true)]
    [InlineData("http://evil.example", false)]
    public async Task A_browser_is_told_whose_pages_may_call(string origin, bool may)
    {
        await using var echo = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", echo), "--cors-origins", Page, "--cors-exposed-headers", "X-Request-Id");
        using var client = WebCalls.Client();
        using var question = new HttpRequestMessage(HttpMethod.Options, $"http://{sidecar.Outbound}/integration.v1.Echo/Unary")
        {
            Headers =
            {
                Host = "echo",
            },
        };
        question.Headers.Add("Origin", origin);
        question.Headers.Add("Access-Control-Request-Method", "POST");
        question.Headers.Add("Access-Control-Request-Headers", "content-type,x-grpc-web");

        using var told = await client.SendAsync(question, Bound.Token);
        Assert.Equal(may ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, told.StatusCode);
        Assert.Equal(may, told.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) && allowed.Single() == origin);

        using var answer = await CallAsync(client, sidecar.Outbound, "Unary", new EchoRequest(), "application/grpc-web", "1.1", origin);
        Assert.Equal(may, answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(may, answer.Headers.TryGetValues("Access-Control-Expose-Headers", out var exposed) && exposed.Single().EndsWith(", x-request-id", StringComparison.Ordinal));
    }

    private static async Task<HttpResponseMessage> CallAsync(
        HttpClient client, string outbound, string method, EchoRequest message, string type, string version, string? origin = null)
    {
        var body = message.ToByteArray();
        byte[] frame = [0, 0, 0, 0, 0, .. body];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{outbound}/integration.v1.Echo/{method}")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = "echo" },
            Content = new ByteArrayContent(type.Contains("text", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(Convert.ToBase64String(frame)) : frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("X-Grpc-Web", "1");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await client.SendAsync(request, Bound.Token);
    }

    private static List<(byte Flag, byte[] Body)> Frames(string type, byte[] body)
    {
        if (type.Contains("text", StringComparison.Ordinal))
        {
            // Padding may stand between any two groups.
            var text = Encoding.ASCII.GetString(body);
            body = [.. Enumerable.Range(0, text.Length / 4).SelectMany(i => Convert.FromBase64String(text.Substring(i * 4, 4)))];
        }

        var frames = new List<(byte, byte[])>();
        for (var at = 0; at < body.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1));
            frames.Add((body[at], body[(at + 5)..(at + 5 + length)]));
            at += 5 + length;
        }

        return frames;
    }
}
