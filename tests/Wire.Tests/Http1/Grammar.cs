using CsCheck;
using Mesh.Wire.Tests.Http2.Hpack;

namespace Mesh.Wire.Tests.Http1;

/// <summary>Messages made by chance: mostly right ones, of parts that matter to somebody, then changed by chance.</summary>
internal static class Grammar
{
    private static readonly Gen<string> Method = OneOf("GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "get", "X-1", "PRI");

    private static readonly Gen<string> Target = OneOf(
        "/", "/p?q", "//x", "*", "http://a/p", "http://b:80", "http://c?q", "HTTP://[::1]:8/x", "a:443", "https://a/", "/\u00fc", "a", "/a b");

    private static readonly Gen<string> Version = Gen.Frequency((6, Gen.Const("HTTP/1.1")), (2, Gen.Const("HTTP/1.0")), (1, OneOf("HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.10")));

    private static readonly Gen<string> Field = Gen.Frequency(
        (4, OneOf("X-A: 1", "x-b:2", "X-C: \t a, b ", "Cookie: c=1", "X-Empty:", "X-U: \u00fc\u0080", "Content-Type: text/plain", "Trailer: x", "Accept: */*")),
        (3, OneOf("Connection: close", "Connection: keep-alive", "Connection: x-a, upgrade", "Connection: TE", "Connection: host, content-length", "Keep-Alive: 5", "Proxy-Connection: close")),
        (2, OneOf("TE: trailers", "TE: gzip, trailers", "Upgrade: websocket", "Upgrade: h2c", "Expect: 100-continue", "Expect: x")),
        (2, OneOf("Host: b", "Host: c:80", "Host:", "Host: a b")),
        (2, OneOf("Content-Length: 3", "Content-Length: 3, 3", "Content-Length: 03", "Content-Length: -0", "Content-Length: 0", "Content-Length: 5")),
        (2, OneOf("Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "transfer-encoding: CHUNKED", "Transfer-Encoding: x")),
        (1, OneOf("X : 1", " x: 1", "x", ": 1", "X-\u00fc: 1", "X: \0", "X(: 1")));

    private static readonly Gen<string> Body = OneOf(
        "", "", "abc", "abcde", "3\r\nabc\r\n0\r\n\r\n", "1;x\r\na\r\n2\r\nbc\r\n0\r\nx-t: 1\r\n\r\n", "3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n", "0\r\n\r\n", "3\nabc\r\n0\r\n\r\n");

    private static readonly Gen<string> Status = OneOf("200 OK", "200", "204 x", "304 x", "100 Continue", "103 x", "101 x", "404 Not Found", "500 ", "000 x", "20 x");

    private static readonly Gen<string> Request = Gen.Select(
        Method, Target, Version, Gen.Frequency((5, Gen.Const("Host: a\r\n")), (1, Gen.Const(""))), Field.Array[0, 5], Body,
        (method, target, version, host, fields, body) => $"{method} {target} {version}\r\n{host}{Lines(fields)}\r\n{body}");

    private static readonly Gen<string> Response = Gen.Select(
        Version, Status, Field.Array[0, 5], Body,
        (version, status, fields, body) => $"{version} {status}\r\n{Lines(fields)}\r\n{body}");

    /// <summary>Requests behind each other.</summary>
    public static readonly Gen<byte[]> Requests = Changed(Request.Array[1, 4].Select(string.Concat));

    /// <summary>Responses behind each other.</summary>
    public static readonly Gen<byte[]> Responses = Changed(Response.Array[1, 4].Select(string.Concat));

    private static Gen<byte[]> Changed(Gen<string> said) => Gen.Select(
        said,
        Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 3])),
        Gen.Select(Gen.Int[0, 1 << 20], Gen.Frequency((2, Gen.Byte), (3, Gen.Int[0, Octets.Length - 1].Select(i => (byte)Octets[i]))), Gen.Int[0, 2]).Array[3],
        (text, count, changes) =>
        {
            List<byte> bytes = [.. Codec.Bytes(text)];
            foreach (var (where, octet, kind) in changes.Take(count))
            {
                var at = where % bytes.Count;
                switch (kind)
                {
                    case 0:
                        bytes[at] = octet;
                        break;
                    case 1:
                        bytes.Insert(at, octet);
                        break;
                    default:
                        bytes.RemoveAt(at);
                        break;
                }
            }

            return bytes.ToArray();
        });

    private const string Octets = " \t\r\n\0:;,/*#?@\"0159aAfFx\u007f\u0080\u00ff";

    private static string Lines(string[] fields) => string.Concat(fields.Select(field => field + "\r\n"));

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
