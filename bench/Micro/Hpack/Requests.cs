using System.Globalization;
using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Bench.Micro.Hpack;

/// <summary>Request heads as gRPC clients send them.</summary>
internal static class Requests
{
    public static HeaderList Make(string path)
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Method, "POST"u8);
        head.Add(KnownHeader.Scheme, "http"u8);
        head.Add(KnownHeader.Path, Encoding.ASCII.GetBytes(path));
        head.Add(KnownHeader.Authority, "orders"u8);
        head.Add(KnownHeader.Te, "trailers"u8);
        head.Add(KnownHeader.ContentType, "application/grpc"u8);
        head.Add(KnownHeader.UserAgent, "grpc-dotnet/2.80.0 (.NET 10.0.0; CLR 10.0.0; net10.0; linux; x64)"u8);
        head.Add(KnownHeader.GrpcAcceptEncoding, "identity,gzip,deflate"u8);
        return head;
    }

    /// <summary>Heads that differ in their path.</summary>
    public static HeaderList[] Different(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Make(string.Create(CultureInfo.InvariantCulture, $"/shop.v1.Orders/Method{i:000}")))];
}
