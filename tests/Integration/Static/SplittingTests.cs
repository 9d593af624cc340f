using System.Net;
using Google.Protobuf;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Static;

/// <summary>Messages do not end where frames end, and not every call is gRPC.</summary>
public sealed class SplittingTests(Paths paths) : IClassFixture<Paths>
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task A_request_in_pieces_of_any_size_arrives(int size)
    {
        var first = Calls.Request(new Behaviour(), 50);
        var second = Calls.Request(new Behaviour(), 60);
        using var http = new HttpClient(MeshChannel.Handler(paths.Outbound.Outbound));
        using var request = GrpcHttp.Request(
            Paths.TwoSidecars, "ClientStream", new PiecesContent([.. GrpcHttp.Frame(first), .. GrpcHttp.Frame(second)], size));
        using var response = await http.SendAsync(request, Bound.Token);
        var body = await response.Content.ReadAsByteArrayAsync(Bound.Token);
        Assert.Equal("0", GrpcHttp.StatusOf(response));
        var reply = EchoReply.Parser.ParseFrom(body.AsSpan(5));
        Assert.Equal((2ul, 110ul), (reply.Requests, reply.Bytes));
    }

    [Fact]
    public async Task An_answer_in_pieces_arrives_with_its_trailers()
    {
        byte[] frames = [.. GrpcHttp.Frame(new EchoReply { Index = 1 }), .. GrpcHttp.Frame(new EchoReply()), .. GrpcHttp.Frame(new EchoReply { Index = 3 })];
        await using var server = await EchoServer.StartRawAsync(async context =>
        {
            context.Response.ContentType = GrpcHttp.Type;
            foreach (var one in frames)
            {
                await context.Response.Body.WriteAsync(new[] { one });
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
            context.Response.AppendTrailer("x-last", "word");
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).ServerStream(new EchoRequest(), cancellationToken: Bound.Token);
        Assert.Equal([1ul, 0, 3], (await call.ResponseStream.ToListAsync()).Select(reply => reply.Index));
        Assert.Equal("word", call.GetTrailers().GetValue("x-last"));
    }

    [Fact]
    public async Task An_empty_message_is_a_message()
    {
        using var http = new HttpClient(MeshChannel.Handler(paths.Outbound.Outbound));
        using var request = GrpcHttp.Request(Paths.TwoSidecars, "ClientStream", new byte[15]); // three prefixes of 0
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal(3ul, EchoReply.Parser.ParseFrom((await response.Content.ReadAsByteArrayAsync(Bound.Token)).AsSpan(5)).Requests);
    }

    [Fact]
    public async Task Plain_HTTP_2_goes_through_with_its_status_and_body()
    {
        await using var server = await EchoServer.StartRawAsync(async context =>
        {
            context.Response.StatusCode = 418;
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}: ");
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", server));
        using var http = new HttpClient(MeshChannel.Handler(sidecar.Outbound)) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await http.PutAsync("http://web/a/b?c=d", new StringContent("hello"), Bound.Token);
        Assert.Equal((418, "PUT /a/b?c=d: hello"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Bound.Token)));

        using var unknown = await http.GetAsync("http://nowhere/", Bound.Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("no such service 'nowhere'", unknown.Headers.GetValues("x-mesh-error").Single());
    }

    /// <summary>A body that is flushed after every few bytes.</summary>
    private sealed class PiecesContent(byte[] bytes, int size) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var at = 0; at < bytes.Length; at += size)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
