using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Mesh.Bench.Load.Cases;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Generating;

/// <summary>The requests of a case: the same whoever generates them.</summary>
internal static class CallShape
{
    /// <summary>The service that is called, which is how the sidecar routes.</summary>
    public const string Authority = "echo";

    private const int HeadersPerSet = 20;
    private const int GrpcPrefix = 5;

    private static readonly KeyValuePair<string, string>[] GrpcHeaders =
        [new("content-type", "application/grpc"), new("te", "trailers"), new("user-agent", "grpc-bench/1.0")];

    private static readonly KeyValuePair<string, string>[] PlainHeaders =
        [new("accept", "*/*"), new("user-agent", "bench/1.0")];

    /// <summary>Further headers that any client sends.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> FurtherHeaders(LoadCase load) =>
        load.Protocol == Protocol.Http1 ? PlainHeaders : GrpcHeaders;

    /// <summary>The paths of a case, in the order of the calls.</summary>
    public static IReadOnlyList<string> Paths(LoadCase load) =>
        load.Protocol == Protocol.Http1 ? [string.Create(CultureInfo.InvariantCulture, $"/bench.Bytes/{load.Answer}")]
        : load.IsStream ? ["/bench.Stream/Messages"]
        : load.Paths == 1 ? ["/bench.Echo/Unary"]
        : [.. Enumerable.Range(0, load.Paths).Select(i => string.Create(CultureInfo.InvariantCulture, $"/bench.service{i % 25}.v1.Items/Method{i * 7919 % 100_003:000000}"))];

    /// <summary>Of the case's size; in gRPC a message, prefix included. A stream is asked for with a small one.</summary>
    public static byte[] Body(LoadCase load)
    {
        var body = new byte[load.Body];
        if (load.Protocol == Protocol.Http2)
        {
            BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), load.Body - GrpcPrefix);
        }

        return body;
    }

    /// <summary>The request heads of a case, in the order of the calls.</summary>
    public static HeaderList[] Heads(LoadCase load)
    {
        var paths = Paths(load);
        return [.. Enumerable.Range(0, Math.Max(paths.Count, load.HeaderSets)).Select(i => Head(load, paths[i % paths.Count], load.HeaderSets == 0 ? null : i))];
    }

    private static HeaderList Head(LoadCase load, string path, int? set)
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Method, load.Body > 0 ? "POST"u8 : "GET"u8);
        head.Add(KnownHeader.Scheme, "http"u8);
        head.Add(KnownHeader.Path, Encoding.ASCII.GetBytes(path));
        head.Add(KnownHeader.Authority, Encoding.ASCII.GetBytes(Authority));
        foreach (var (name, value) in FurtherHeaders(load))
        {
            head.Add(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        }

        if (load is { Protocol: Protocol.Http1, Body: > 0 })
        {
            head.Add(KnownHeader.ContentLength, Encoding.ASCII.GetBytes(load.Body.ToString(CultureInfo.InvariantCulture)));
        }

        for (var i = 0; i < (set is null ? 0 : HeadersPerSet); i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"value-{set:00}-{i:00}-{((set * 31) + i) * 7919}");
            head.Add(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"x-bench-{i:00}")), Encoding.ASCII.GetBytes(text));
        }

        return head;
    }
}
