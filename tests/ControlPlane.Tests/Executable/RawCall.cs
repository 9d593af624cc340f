using System.Buffers.Binary;
using System.Net;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>A gRPC call whose bytes are the test's.</summary>
internal static class RawCall
{
    /// <summary>A length-prefixed message.</summary>
    public static byte[] Frame(byte[] message, bool isCompressed = false, uint? length = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>The status and its text, as they came.</summary>
    public static Task<(string Status, string Message)> SendAsync(HttpClient client, string method, byte[] body, bool gzip = false) =>
        SendAsync(client, method, new ByteArrayContent(body), gzip, Bound.Token());

    /// <inheritdoc cref="SendAsync(HttpClient, string, byte[], bool)"/>
    public static async Task<(string Status, string Message)> SendAsync(
        HttpClient client, string method, HttpContent body, bool gzip, CancellationToken cancellation)
    {
        body.Headers.Add("Content-Type", "application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Headers.Add("TE", "trailers");
        if (gzip)
        {
            request.Headers.Add("grpc-encoding", "gzip");
        }

        using var response = await client.SendAsync(request, cancellation);
        await response.Content.ReadAsByteArrayAsync(cancellation);
        return (Value("grpc-status"), WebUtility.UrlDecode(Value("grpc-message")));

        string Value(string name) =>
            response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values.Single() : "";
    }
}
