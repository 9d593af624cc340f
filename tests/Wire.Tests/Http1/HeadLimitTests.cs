namespace Mesh.Wire.Tests.Http1;

/// <summary>A head may be as large as one of HTTP/2 (RFC 9113 section 6.5.2): names, values and 32 a field, what is taken off included.</summary>
public sealed class HeadLimitTests
{
    private const string Head = "GET / HTTP/1.1\r\nHost: a\r\n";

    /// <summary>:method GET, :scheme http, :authority a, :path /.</summary>
    private const int HeadSize = 10 + 11 + 11 + 6 + (4 * 32);

    private static int Limit => Conversation.Limits.MaxListSize;

    [Fact]
    public void A_head_of_the_limits_size_passes_and_a_byte_more_does_not()
    {
        var most = Limit - HeadSize - 32 - 1;
        Assert.Equal("x: " + new string('v', most), Read($"{Head}X: \t {new string('v', most)}  \r\n\r\n")[4]);
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}X: {new string('v', most + 1)}\r\n\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}Keep-Alive: {new string('v', most)}\r\n\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"GET / HTTP/1.1\r\nX: {new string('v', most)}\r\nHost: aa\r\n\r\n"));
    }

    [Fact]
    public void A_target_may_have_the_whole_of_it()
    {
        var most = Limit - HeadSize;
        Assert.Equal(":path: /" + new string('p', most), Read($"GET /{new string('p', most)} HTTP/1.1\r\nHost: a\r\n\r\n")[3]);
        Assert.Equal(["414 the target is longer than we allow"], Read($"GET /{new string('p', most + 2)} HTTP/1.1\r\nHost: a\r\n\r\n"));
        Assert.Equal(["414 the target is longer than we allow"], Read($"GET /{new string('p', 100_000)}"));
        Assert.Equal(["414 the target is longer than we allow"], Read(new string('p', 100_000)));
    }

    [Fact]
    public void As_many_fields_as_in_HTTP2_pass_and_one_more_does_not()
    {
        var most = Conversation.Limits.MaxFieldCount - 4;
        Assert.Equal(most + 5, Read($"{Head}{Lines("a: b", most)}\r\n").Length);
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}{Lines("a: b", most + 1)}\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}{Lines("TE: b", most + 1)}\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Conversation.OfServer($"HTTP/1.1 200 OK\r\n{Lines("a: b", most + 5)}\r\n"));
    }

    [Fact]
    public void A_line_without_an_end_and_white_space_are_bounded_too()
    {
        Assert.Equal(["431 the fields are larger or more than we allow"], Read(Head + new string('x', Limit + 1)));
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}a:{new string(' ', Limit)}b\r\n\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Read($"{Head}{Lines($"a:{new string(' ', Limit - 3)}", 3)}\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Conversation.OfServer($"HTTP/1.1 200 {new string('x', Limit)}\r\n\r\n"));
    }

    private static string Lines(string line, int count) => string.Concat(Enumerable.Repeat(line + "\r\n", count));

    private static string[] Read(string said) => Conversation.OfClientInPieces(said, 100);
}
