using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Mesh.Integration.Static;

/// <summary>gRPC by hand over HTTP/2, for what no gRPC client does.</summary>
internal static class GrpcHttp
{
    public const string Type = "application/grpc";

    public static HttpRequestMessage Request(string authority, string method, HttpContent body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{authority}/integration.v1.Echo/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Headers.TE.ParseAdd("trailers");
        body.Headers.ContentType = new MediaTypeHeaderValue(Type);
        return request;
    }

    public static HttpRequestMessage Request(string authority, string method, byte[] body) =>
        Request(authority, method, new ByteArrayContent(body));

    /// <summary>A message with its prefix.</summary>
    public static byte[] Frame(IMessage message)
    {
        var frame = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        message.ToByteArray().CopyTo(frame, 5);
        return frame;
    }

    /// <summary>grpc-status, in the trailers or, of a trailers-only answer, in the head.</summary>
    public static string? StatusOf(HttpResponseMessage response) => Field(response, "grpc-status");

    public static string MessageOf(HttpResponseMessage response) => Uri.UnescapeDataString(Field(response, "grpc-message") ?? "");

    private static string? Field(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values)
            ? values.Single()
            : null;
}
