using System.Text;
using Mesh.Http2.Transport;

namespace Mesh.Http2.Tests.Transport;

/// <summary>To whom a connection goes by its first bytes, on a port that serves both HTTP/2 and HTTP/1.1.</summary>
public sealed class PrefaceTests
{
    [Theory]
    [InlineData("P", null)]
    [InlineData("PRI", null)]
    [InlineData("PRI ", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("G", null)]
    [InlineData("PUT", null)]
    [InlineData("GET / HTTP/1.1", null)]
    [InlineData("GET / HTTP/1.1\r\n", false)]
    [InlineData("POST /a HTTP/1.0\n", false)]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: a\r\n", false)]
    [InlineData("\r\n", null)]
    [InlineData("PROPFIND / HTTP/1.1\r\n", false)]
    [InlineData("INVALID CONNECTION PREFACE\r\n\r\n", true)]
    [InlineData("PRIVATE HTTP/2.0\r\n", true)]
    [InlineData("\u0016\u0003\u0001", true)]
    [InlineData("\0\0\0\u0004", true)]
    [InlineData("hello\r\n", true)]
    public void A_request_line_is_HTTP_1s_and_all_else_is_told_by_HTTP_2_what_is_wrong_with_it(string bytes, bool? isHttp2)
    {
        Assert.Equal(isHttp2, Preface.IsHttp2(Encoding.Latin1.GetBytes(bytes)));
    }

    [Fact]
    public void A_request_line_longer_than_what_is_looked_at_is_HTTP_1s()
    {
        Assert.False(Preface.IsHttp2(Encoding.ASCII.GetBytes("GET /" + new string('a', Preface.Longest))));
    }
}
