using System.Text;
using Mesh.Conformance.Peer;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Conformance.Fuzz;

/// <summary>
/// Where fuzzing begins: what a peer says in a conversation of each shape, right ones and a few of other protocols. They lie
/// in the repository as files, beside the inputs that have found something.
/// </summary>
internal static class Seeds
{
    /// <summary>Folder (the target) / name, and the bytes.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> All =>
    [
        .. OfClients.Select(seed => ("server/" + seed.Name, seed.Bytes)),
        .. OfServers.Select(seed => ("client/" + seed.Name, seed.Bytes)),
        .. Blocks.Select(seed => ("hpack/" + seed.Name, seed.Bytes)),
        .. Http1.Http1Seeds.All,
    ];

    private static IEnumerable<(string Name, byte[] Bytes)> OfClients =>
    [
        ("get", Client(Frames.Get(1))),
        ("post", Client(Frames.Post(1), Frames.Data(1, "hello"), Frames.Data(1, "", end: true))),
        ("trailers", Client(Frames.Post(1), Frames.Data(1, 300), Frames.Trailers(1, "a: b"))),
        ("content-length", Client(Frames.Headers(1, HeaderBlock.PostWith("content-length: 6")), Frames.Data(1, "abc"), Frames.PaddedData(1, "def", 9, end: true))),
        ("padding", Client(Frames.Raw(1, 0x2c, 1, [3, 0, 0, 0, 0, 16, .. HeaderBlock.Post, 0, 0, 0]), Frames.PaddedData(1, "abc", 200), Frames.PaddedData(1, "", 0, end: true))),
        ("continuation", Client(Frames.OpenHeaders(1, HeaderBlock.Get[..9], end: true), Frames.Continuation(1, HeaderBlock.Get[9..20], last: false), Frames.Continuation(1, HeaderBlock.Get[20..], last: true))),
        ("streams", Client([.. Enumerable.Range(0, 8).Select(i => Frames.Post((uint)(2 * i) + 1)), .. Enumerable.Range(0, 8).Select(i => Frames.Data((uint)(2 * i) + 1, 40, end: true))])),
        ("windows", Client(Frames.Setting(SettingId.InitialWindowSize, 3), Frames.Get(1), Frames.WindowUpdate(1, 4), Frames.Setting(SettingId.InitialWindowSize, 100_000), Frames.WindowUpdate(0, 100_000), Frames.Get(3))),
        ("large", Client(Frames.Post(1), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_000, end: true))),
        ("cancel", Client(Frames.Post(1), Frames.Get(3), Frames.Data(1, "x"), Frames.RstStream(1, ErrorCode.Cancel), Frames.Get(5), Frames.RstStream(3, ErrorCode.NoError))),
        ("control", Client(Frames.Ping(1), Frames.Settings((1, 0), (1, 4096), (3, 7), (5, 20_000), (6, 9), (0x99, 1)), Frames.Priority(1, 3), Frames.Raw(0x42, 7, 1, [1, 2, 3]), Frames.Get(1), Frames.SettingsAck)),
        ("goaway", Client(Frames.Get(1), Frames.GoAway(0, ErrorCode.NoError), Frames.Raw(6, 1, 0, "goaway\0\0"u8.ToArray()))),
        ("indexed", Client(Frames.Headers(1, Encoded(":method: POST", ":scheme: http", ":path: /a.B/C", ":authority: a", "te: trailers", "x-a: 1")), Frames.Data(1, "x", end: true), Frames.Headers(3, [0x83, 0x86, 0xbf, 0xbe], end: true))),
        ("large-list", Client(Frames.Headers(1, HeaderBlock.PostWith("a: " + new string('a', 3000))), Frames.Data(1, "x", end: true))),
        ("connect", Client(Frames.Headers(1, HeaderBlock.Of(":method: CONNECT", ":authority: a:1")), Frames.Data(1, "x"))),
        ("http1", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
        ("tls", [0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, .. new byte[32]]),
    ];

    /// <summary>Streams 1, 3 and 5 are open.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> OfServers =>
    [
        ("unary", Server(Frames.Ok(1), Frames.Data(1, "hello"), Frames.Trailers(1, "grpc-status: 0"))),
        ("trailers-only", Server(Frames.Headers(1, HeaderBlock.OkWith("grpc-status: 12"), end: true))),
        ("interim", Server(Frames.Headers(1, HeaderBlock.Of(":status: 100")), Frames.Headers(1, HeaderBlock.Of(":status: 103", "a: b")), Frames.Ok(1), Frames.Data(1, "x", end: true))),
        ("content-length", Server(Frames.Headers(1, HeaderBlock.OkWith("content-length: 6")), Frames.Data(1, "abc"), Frames.PaddedData(1, "def", 9, end: true))),
        ("no-content", Server(Frames.Headers(1, HeaderBlock.Of(":status: 204")), Frames.Data(1, "", end: true), Frames.Headers(3, HeaderBlock.Of(":status: 304", "content-length: 9"), end: true))),
        ("streams", Server(Frames.Ok(1), Frames.Ok(3), Frames.Data(1, 50), Frames.Ok(5), Frames.Data(3, 50, end: true), Frames.Data(5, "", end: true), Frames.Trailers(1, "a: b"))),
        ("large", Server(Frames.Ok(1), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_000, end: true))),
        ("continuation", Server(Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), Frames.Continuation(1, HeaderBlock.Ok[4..], last: true), Frames.Data(1, "x", end: true))),
        ("refused", Server(Frames.RstStream(1, ErrorCode.RefusedStream), Frames.Ok(3), Frames.RstStream(3, ErrorCode.InternalError), Frames.Ok(5), Frames.Data(5, "", end: true), Frames.RstStream(5, ErrorCode.NoError))),
        ("goaway", Server(Frames.Ok(1), Frames.GoAway(int.MaxValue, ErrorCode.NoError), Frames.Ping(3), Frames.GoAway(3, ErrorCode.NoError), Frames.Data(1, "", end: true), Frames.Ok(3, end: true))),
        ("windows", Server(Frames.Setting(SettingId.InitialWindowSize, 3), Frames.WindowUpdate(1, 4), Frames.Setting(SettingId.InitialWindowSize, 100_000), Frames.WindowUpdate(0, 100_000), Frames.Ok(1, end: true))),
        ("control", Server(Frames.Ping(1), Frames.Settings((1, 100), (3, 2), (5, 20_000)), Frames.SettingsAck, Frames.Raw(0xa, 0, 0, [0, 1, 97, 98]), Frames.Ok(1, end: true))),
        ("indexed", Server(Frames.Headers(1, Encoded(":status: 200", "content-type: application/grpc", "x-a: 1")), Frames.Trailers(1, "a: b"), Frames.Headers(3, [0x88, 0xbf, 0xbe], end: true))),
        ("push", Server(Frames.Ok(1), Frames.PushPromise(1, 2))),
        ("http1", Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("tls", [0x15, 3, 1, 0, 2, 2, 70]),
    ];

    private static IEnumerable<(string Name, byte[] Bytes)> Blocks =>
    [
        ("request", HeaderBlock.PostWith("te: trailers", "x-a: b")),
        ("encoded", Encoded(":method: POST", ":scheme: https", ":path: /helloworld.Greeter/SayHello", ":authority: greeter:50051", "user-agent: grpc-x/1.2", "x-long: " + new string('y', 200))),
        ("indexed", [0x82, 0x86, 0x84, .. HeaderBlock.Indexed("x-a", "1"), 0xbe, .. HeaderBlock.Indexed("x-b", "2"), 0xbf, 0xbe]),
        ("names", [0x40, 3, 0x78, 0x2d, 0x61, 1, 0x62, 0x7e, 1, 0x63, 0x0f, 0x2f, 1, 0x64, 0x1f, 0x2f, 1, 0x65]),
        ("sizes", [.. HeaderBlock.SizeUpdate(0), .. HeaderBlock.SizeUpdate(4096), 0x82, .. HeaderBlock.Indexed("a", new string('v', 4000)), .. HeaderBlock.Indexed("b", "1")]),
        ("bomb", [.. HeaderBlock.Indexed("a", new string('v', 3000)), .. Enumerable.Repeat((byte)0xbe, 50)]),
        ("copies", [.. HeaderBlock.Indexed(new string('n', 3000), "v"), .. Enumerable.Range(0, 60).Select(i => (byte)(i % 2 == 0 ? 0x7e : 0))]),
    ];

    private static byte[] Client(params byte[][] frames) => [.. Frames.Preface, .. Frames.Settings(), .. frames.SelectMany(f => f)];

    private static byte[] Server(params byte[][] frames) => [.. Frames.Settings((3, 100)), .. frames.SelectMany(f => f)];

    private static byte[] Encoded(params string[] lines)
    {
        var output = new ByteBuffer();
        new HpackEncoder().Encode(ScriptedPeer.List(lines), output);
        return output.Written.ToArray();
    }
}
