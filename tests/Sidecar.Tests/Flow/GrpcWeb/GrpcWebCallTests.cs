using System.Text;
using Mesh.Sidecar.Flow.GrpcWeb;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Tests.Flow.GrpcWeb;

public sealed class GrpcWebCallTests
{
    [Theory]
    [InlineData("application/grpc-web", "Binary", "application/grpc")]
    [InlineData("application/grpc-web+proto", "Binary", "application/grpc+proto")]
    [InlineData("Application/gRPC-Web+proto", "Binary", "application/grpc+proto")]
    [InlineData("application/grpc-web;charset=utf-8", "Binary", "application/grpc;charset=utf-8")]
    [InlineData("application/grpc-web-text", "Text", "application/grpc")]
    [InlineData("application/grpc-web-text+proto", "Text", "application/grpc+proto")]
    public void A_request_of_gRPC_Web_becomes_one_of_gRPC(string contentType, string form, string becomes)
    {
        var request = List(":method: POST", ":path: /a.B/C", $"content-type: {contentType}", "x-grpc-web: 1", "x-user-agent: y", "grpc-timeout: 1S");
        var call = GrpcWebCall.Of(request);
        Assert.True(call.IsWeb);
        Assert.Equal((form, form), (call.Request.ToString(), call.Response.ToString()));
        call.ToGrpc(request);
        Assert.Equal([":method: POST", ":path: /a.B/C", $"content-type: {becomes}", "x-user-agent: y", "grpc-timeout: 1S", "te: trailers"], Lines(request));
        Assert.False(GrpcWebCall.Of(request).IsWeb);
    }

    [Theory]
    [InlineData("POST", "application/grpc")]
    [InlineData("POST", "application/grpc+proto")]
    [InlineData("POST", "application/grpc-webx")]
    [InlineData("POST", "application/grpc-web-textual")]
    [InlineData("POST", "text/plain")]
    [InlineData("POST", "")]
    [InlineData("GET", "application/grpc-web")]
    [InlineData("OPTIONS", "application/grpc-web")]
    public void Any_other_is_none(string method, string contentType) =>
        Assert.False(GrpcWebCall.Of(List($":method: {method}", $"content-type: {contentType}")).IsWeb);

    [Theory]
    [InlineData("application/grpc-web", "application/grpc-web-text", "Text")]
    [InlineData("application/grpc-web-text", "application/grpc-web+proto", "Binary")]
    [InlineData("application/grpc-web-text", "*/*", "Text")]
    [InlineData("application/grpc-web", "text/html, application/grpc-web-text;q=0.5", "Text")]
    public void The_answer_comes_in_the_form_that_is_asked_for(string contentType, string accept, string form) =>
        Assert.Equal(form, GrpcWebCall.Of(List(":method: POST", $"content-type: {contentType}", $"accept: {accept}")).Response.ToString());

    [Fact]
    public void The_length_of_text_is_not_that_of_what_it_stands_for()
    {
        var request = List(":method: POST", "content-type: application/grpc-web-text", "content-length: 12", "te: trailers");
        GrpcWebCall.Of(request).ToGrpc(request);
        Assert.Equal([":method: POST", "content-type: application/grpc", "te: trailers"], Lines(request));

        request = List(":method: POST", "content-type: application/grpc-web", "content-length: 12");
        GrpcWebCall.Of(request).ToGrpc(request);
        Assert.Contains("content-length: 12", Lines(request));
    }

    [Fact]
    public void An_answer_of_gRPC_becomes_one_of_gRPC_Web()
    {
        var response = List(":status: 200", "content-type: application/grpc+proto", "content-length: 5", "x: y");
        Assert.True(new GrpcWebCall(GrpcWebForm.Text, GrpcWebForm.Text).ToWeb(response, isEnded: false));
        Assert.Equal([":status: 200", "content-type: application/grpc-web-text+proto", "x: y"], Lines(response));
    }

    [Fact]
    public void An_answer_without_a_body_tells_its_status_in_the_head()
    {
        var response = List(":status: 200", "content-type: application/grpc", "grpc-status: 5");
        Assert.False(new GrpcWebCall(GrpcWebForm.Binary, GrpcWebForm.Binary).ToWeb(response, isEnded: true));
        Assert.Equal([":status: 200", "content-type: application/grpc-web", "grpc-status: 5"], Lines(response));
    }

    [Fact]
    public void An_answer_that_is_not_gRPCs_stays_as_it_is()
    {
        var response = List(":status: 503", "content-type: text/html", "content-length: 5");
        Assert.False(new GrpcWebCall(GrpcWebForm.Text, GrpcWebForm.Text).ToWeb(response, isEnded: false));
        Assert.Equal([":status: 503", "content-type: text/html", "content-length: 5"], Lines(response));
    }

    internal static HeaderList List(params string[] lines)
    {
        var list = new HeaderList();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            list.Add(Encoding.Latin1.GetBytes(line[..colon]), Encoding.Latin1.GetBytes(line[(colon + 2)..]));
        }

        return list;
    }

    internal static string[] Lines(HeaderList list) =>
        [.. Enumerable.Range(0, list.Count).Select(i => $"{Encoding.Latin1.GetString(list.NameAt(i))}: {Encoding.Latin1.GetString(list.ValueAt(i))}")];
}
