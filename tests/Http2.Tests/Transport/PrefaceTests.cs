using System.Text;
using Mesh.Http2.Transport;

namespace Mesh.Http2.Tests.Transport;

public sealed class PrefaceTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("P", null)]
    [InlineData("PRI", null)]
    [InlineData("PRI ", true)]
    [InlineData("PRI * HTTP/2.0", true)]
    [InlineData("PO", false)]
    [InlineData("GET / HTTP/1.1", false)]
    [InlineData("\u0016", true)] // TLS: a connection of HTTP/2 says what it is
    [InlineData("\u0016\u0003\u0001\u0002", true)]
    [InlineData("\0\0\0", false)]
    public void The_first_bytes_tell_who_takes_a_connection(string first, bool? isHttp2) =>
        Assert.Equal(isHttp2, Preface.IsHttp2(Encoding.Latin1.GetBytes(first)));
}
