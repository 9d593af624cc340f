using System.Text;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>Where fuzzing of HTTP/1.1 begins: what a peer says in a conversation of each shape, and what attackers say.</summary>
internal static class Http1Seeds
{
    /// <summary>Folder (the target) / name, and the bytes.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> All =>
    [
        .. OfClients.Select(seed => ("http1-server/" + seed.Name, Encoding.Latin1.GetBytes(seed.Said))),
        .. OfServers.Select(seed => ("http1-client/" + seed.Name, Encoding.Latin1.GetBytes(seed.Said))),
    ];

    private static IEnumerable<(string Name, string Said)> OfClients =>
    [
        ("get", "GET /p?q HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX-User: J\u00fcrgen\r\n\r\n"),
        ("length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: TE\r\n\r\n5;a=\"b\"\r\nhello\r\n0006\r\n world\r\n0\r\nx-t: 1\r\nx-u: 2\r\n\r\n"),
        ("pipelined", "\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nDELETE /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        ("old", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nPOST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
        ("old-chunks", "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
        ("absolute", "GET http://b:80/p HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS http://c HTTP/1.1\r\nHost: a\r\n\r\nGET http://d?q HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("connect", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\u0016\u0003\u0001"),
        ("upgrade", "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n"),
        ("h2c", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAA\r\n\r\n"),
        ("expect", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
        ("hops", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-a, host, content-length\r\nX-A: 1\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nX-B: 2\r\n\r\n"),
        ("length-and-coding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\nContent-Length: 05\r\n\r\nhello"),
        ("codings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("folded", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        ("long", "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 800) + "\r\n\r\n"),
        ("many", "GET / HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"x-{i}: {i}\r\n")) + "\r\n"),
        ("http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("tls", "\u0016\u0003\u0001\0\u00c8\u0001\0\0\u00c4\u0003\u0003"),
    ];

    private static IEnumerable<(string Name, string Said)> OfServers =>
    [
        ("length", "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n5;a\r\nhello\r\n6\r\n world\r\n0\r\nx-t: 1\r\n\r\nHTTP/1.1 404\r\n\r\n"),
        ("to-the-end", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello"),
        ("old", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nabHTTP/1.0 304 Not Modified\r\n\r\n"),
        ("interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ("upgrade", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u0081\0"),
        ("not-modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"x\"\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"),
        ("both", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("no-content", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        ("hops", "HTTP/1.1 200 OK\r\nConnection: close, x-a\r\nX-A: 1\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n"),
        ("bare-lf", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n"),
        ("smtp", "220 mail.example ESMTP\r\n"),
    ];
}
