using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Telemetry;

/// <summary>How the admin pages are asked for and answered, whatever the page.</summary>
public sealed class AdminAnswerTests : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task They_are_read_in_each_version_of_HTTP(string version)
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        using var got = await SendAsync(sidecar, HttpMethod.Get, "/metrics", version);
        var page = await got.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        Assert.True(new PrometheusPage(page).Has("mesh_build_info"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", got.Content.Headers.ContentType?.ToString());
        Assert.NotNull(got.Headers.Date);
        Assert.Equal("nosniff", Assert.Single(got.Headers.GetValues("X-Content-Type-Options")));

        using var head = await SendAsync(sidecar, HttpMethod.Head, "/livez", version);
        Assert.Equal(3, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        using var level = await SendAsync(sidecar, HttpMethod.Post, "/log-level", version, new StringContent(" debug\n"));
        Assert.Equal("debug\n", await level.Content.ReadAsStringAsync());

        using var refused = await SendAsync(sidecar, HttpMethod.Post, "/log-level", version, new StringContent(new string('x', 5000)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);

        using var deleted = await SendAsync(sidecar, HttpMethod.Delete, "/config", version);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, deleted.StatusCode);
        Assert.Equal(["GET", "HEAD"], deleted.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("POST /log-level HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndebug\r\n0\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\ndebug\n")]
    [InlineData("POST /log-level HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 400 ", "'' is no level")]
    [InlineData("POST /log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 413 ", "4096")]
    [InlineData("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcGET /log-level HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\ninfo\n")]
    [InlineData("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405 ", "allow: GET, HEAD, POST\r\n")]
    [InlineData("GET http://evil.example/config HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 421 ", "evil.example")]
    [InlineData("GET /config HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "x-mesh-error: ")]
    [InlineData("GET /livez HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nok\n")]
    public async Task Requests_that_are_seldom_are_answered_too(string request, string begins, string contains)
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        using var socket = Connect(sidecar.Admin, request);
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        socket.Shutdown(SocketShutdown.Send);
        var answer = await reader.ReadToEndAsync(Bound.Token);
        Assert.StartsWith(begins, answer, StringComparison.Ordinal);
        Assert.Contains(contains, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_page_comes_whole_and_who_does_not_read_it_goes_when_others_need_the_memory()
    {
        const int idle = 8;
        await using var sidecar = await Sidecar.StartStaticAsync(LargeFile());
        var whole = await LengthAsync(sidecar);
        Assert.InRange(whole, 12_000_000, 64_000_000);
        var sockets = Enumerable.Range(0, idle).Select(_ => Connect(sidecar.Admin, "GET /config HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).ToList();
        try
        {
            foreach (var socket in sockets)
            {
                // Its answer is on its way: what is asked after it is the newer.
                await Bound.UntilAsync(() => socket.Available > 0 || socket.Poll(0, SelectMode.SelectRead), () => "the answer begins");
            }

            await LengthAsync(sidecar);
            Assert.Equal("ok\n", await _http.GetStringAsync(new Uri($"http://{sidecar.Admin}/livez")));
            var came = await Task.WhenAll(sockets.Select(ReadAsync));
            // 16 MiB have room for one, beside what the system holds for each, and the last is never the one that goes.
            Assert.InRange(came.Count(length => length >= whole), 0, 2);
            Assert.True(came.Count(length => length < whole) >= idle - 2, string.Join(' ', came));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private async Task<long> LengthAsync(Sidecar sidecar)
    {
        // Its figures may have a digit more from one time to the next; that it can be read says that it is whole.
        var page = await _http.GetByteArrayAsync(new Uri($"http://{sidecar.Admin}/config"));
        using var read = JsonDocument.Parse(page);
        Assert.Equal((byte)'\n', page[^1]);
        return page.Length;
    }

    /// <summary>What comes until the end, or until it is cut off.</summary>
    private static async Task<long> ReadAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        long length = 0;
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, Bound.Token)) > 0;)
            {
                length += read;
            }
        }
        catch (SocketException)
        {
            // Cut off: the end of an answer is not to be seen where there is none.
        }

        return length;
    }

    /// <summary>As much metadata as may be, of characters that JSON writes in six.</summary>
    private static string LargeFile()
    {
        var text = new StringBuilder("services:\n- name: large\n  endpoints:\n");
        for (var i = 0; i < 130; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - address: 127.0.0.1:9\n    id: e{i}\n    metadata: {{");
            for (var k = 0; k < 64; k++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(k > 0 ? ", " : "")}k{k}: '{new string('<', 256)}'");
            }

            text.Append("}\n");
        }

        return text.ToString();
    }

    private async Task<HttpResponseMessage> SendAsync(Sidecar sidecar, HttpMethod method, string path, string version, HttpContent? content = null)
    {
        using var asked = new HttpRequestMessage(method, $"http://{sidecar.Admin}{path}")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        return await _http.SendAsync(asked, Bound.Token);
    }

    private static Socket Connect(string address, string said)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 };
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(Encoding.ASCII.GetBytes(said));
        return socket;
    }
}
