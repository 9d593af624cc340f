using System.Text;
using Mesh.Sidecar.Admin;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Tests.Admin;

public sealed class AdminRequestTests
{
    [Theory]
    [InlineData("/config", "/config", "", "", false)]
    [InlineData("/config?", "/config", "", "", false)]
    [InlineData("/config?format=text", "/config", "text", "", false)]
    [InlineData("/config?x=1&FORMAT=te%78t&format=json", "/config", "text", "", false)]
    [InlineData("/log-level?level=+debug%20", "/log-level", "", "debug", false)]
    [InlineData("/drain?wait", "/drain", "", "", true)]
    [InlineData("/drain?wait=1&level", "/drain", "", "", true)]
    [InlineData("/drain?a=wait", "/drain", "", "", false)]
    [InlineData("/%zz?format=%zz&&=&", "/%zz", "%zz", "", false)]
    [InlineData("*", "*", "", "", false)]
    public void The_target_gives_path_and_query(string target, string path, string format, string level, bool waits)
    {
        var request = AdminRequest.Of(Head((":method", "GET"), (":path", target)));
        Assert.Equal((path, format, level, waits), (request.Path, request.Format, request.Level, request.Wait));
    }

    [Fact]
    public void Nothing_need_be_there()
    {
        var request = AdminRequest.Of(Head((":method", "CONNECT"), (":authority", "orders:80")));
        Assert.Equal(("CONNECT", "", "", false), (request.Method, request.Path, request.Accept, request.IsFromBrowserPage));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("", "text/plain", true)]
    [InlineData("", "application/json, text/plain", false)]
    [InlineData("text", "application/json", true)]
    [InlineData("json", "text/plain", false)]
    public void Text_is_asked_for_by_query_or_header(string format, string accept, bool text) =>
        Assert.Equal(text, AdminRequest.Of(Head((":method", "GET"), (":path", $"/config?format={format}"), ("accept", accept))).WantsText);

    [Theory]
    [InlineData("localhost:15020", "", "localhost")]
    [InlineData("localhost", "", "localhost")]
    [InlineData("[::1]:15020", "", "[::1]")]
    [InlineData("[::1]", "", "[::1]")]
    [InlineData("127.0.0.1:15020", "", "127.0.0.1")]
    [InlineData("", "evil.example:80", "evil.example")]
    [InlineData("localhost", "evil.example", "localhost")]
    [InlineData("", "", "")]
    public void The_host_is_without_its_port(string authority, string host, string expected) =>
        Assert.Equal(expected, AdminRequest.HostOf(Head((":authority", authority), ("host", host))));

    private static HeaderList Head(params (string Name, string Value)[] fields)
    {
        var head = new HeaderList();
        foreach (var (name, value) in fields)
        {
            head.Add(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        }

        return head;
    }
}
