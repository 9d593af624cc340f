namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9112 section 7.1: chunks, their extensions, and trailers.</summary>
public sealed class Rfc9112_7_ChunksTests
{
    private static readonly string LongExtension = ";a=" + new string('x', 3000);

    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nabcde\r\n0\r\n\r\n", "abcde")]
    [InlineData("1\r\na\r\n2\r\nbc\r\n00\r\n\r\n", "abc")]
    [InlineData("A\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("0000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("4\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", null)]
    [InlineData("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n")]
    [InlineData("3;a\r\nabc\r\n0;b=c\r\n\r\n", "abc")]
    [InlineData("3;a=\"b\\\";c\"\r\nabc\r\n0\r\n\r\n", "abc")]
    [InlineData("3;\r\nabc\r\n0\r\n\r\n", "abc")]
    [InlineData("3 ;a\r\nabc\r\n0\t; b = c\r\n\r\n", "abc")] // white space is bad there, and to be taken
    public void Content_is_what_lies_in_chunks_and_extensions_are_dropped(string body, string? content)
    {
        if (content is null)
        {
            Assert.StartsWith("400 ", Chunked(body)[0], StringComparison.Ordinal);
            return;
        }

        Assert.Equal([$"body: {content}"], Chunked(body));
        Assert.Equal([$"body: {content}", "200", "1.1 keeps 0"], Answered($"{body}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").Select(line => line.Replace(":status: ", "", StringComparison.Ordinal)).Where(line => line != "content-length: 0"));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData(" 3\r\nabc\r\n")]
    [InlineData("\t3\r\nabc\r\n")]
    [InlineData("3 \r\nabc\r\n")]
    [InlineData("3\t\r\nabc\r\n")]
    [InlineData("3 a\r\nabc\r\n")]
    [InlineData("3\u000b;a\r\nabc\r\n")]
    [InlineData("+3\r\nabc\r\n")]
    [InlineData("-3\r\nabc\r\n")]
    [InlineData("0x3\r\nabc\r\n")]
    [InlineData("3h\r\nabc\r\n")]
    [InlineData("3,\r\nabc\r\n")]
    [InlineData("g\r\nabc\r\n")]
    [InlineData(";a\r\nabc\r\n")]
    [InlineData("3\nabc\r\n")]
    [InlineData("3\rabc\r\n")]
    [InlineData("3\r\r\nabc\r\n")]
    [InlineData("3\0\r\nabc\r\n")]
    [InlineData("3;a\nabc\r\n")]
    [InlineData("3;a\rb\r\nabc\r\n")]
    [InlineData("3;a\0\r\nabc\r\n")]
    [InlineData("5;a\n1\r\n\0")]
    [InlineData("3\r\nabc\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r0\r\n\r\n")]
    [InlineData("3\r\nabc0\r\n\r\n")]
    [InlineData("3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("3\r\nab\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n\u00b3\r\nabc\r\n")]
    public void Anything_else_is_a_fault(string body)
    {
        Assert.Equal(["400 a chunk's size is not a number, or its end is not where it should be"], Chunked(body));
        Assert.Equal(["400 a chunk's size is not a number, or its end is not where it should be"], Answered(body));
    }

    [Theory]
    [InlineData("8000000000000000")]
    [InlineData("ffffffffffffffff")]
    [InlineData("10000000000000003")] // 2^64 + 3
    [InlineData("00000000000000003")]
    [InlineData("fffffffffffffffff")]
    public void A_size_beyond_63_bits_is_a_fault(string size) =>
        Assert.Equal(["400 a chunk's size is beyond 63 bits"], Chunked($"{size}\r\nabc\r\n0\r\n\r\n"));

    [Fact]
    public void The_largest_size_is_2_to_the_63_less_1() =>
        Assert.Equal(["body cut short: abc"], Chunked("7fffffffffffffff\r\nabc"));

    [Fact]
    public void Extensions_may_be_4_KiB_longer_than_what_they_come_with()
    {
        var content = new string('c', 0x1800);
        Assert.Equal([$"body: {content}"], OnceRead($"1800{LongExtension}\r\n{content}\r\n0{LongExtension}\r\n\r\n"));
        Assert.Equal([$"body: {content}abc"], OnceRead($"1800{LongExtension}\r\n{content}\r\n3{LongExtension}{LongExtension}\r\nabc\r\n0\r\n\r\n"));
        Assert.Equal(["400 the chunks' extensions are longer than we allow"], OnceRead($"3{LongExtension}\r\nabc\r\n0{LongExtension}\r\n\r\n"));
        Assert.Equal(["400 the chunks' extensions are longer than we allow"], OnceRead("3;" + new string('x', 1 << 20)));
        Assert.Equal(["400 the chunks' extensions are longer than we allow"], OnceRead("3" + new string(' ', 1 << 20)));
    }

    [Fact]
    public void Trailers_follow_the_last_chunk()
    {
        string[] told = ["body: abc", "trailer grpc-status: 0", "trailer x: J\u00fcrgen"];
        Assert.Equal(told, Chunked("3\r\nabc\r\n0\r\nGrpc-Status: 0\r\nX: \tJ\u00fcrgen \r\n\r\n"));
        Assert.Equal(["body: ", "trailer a: b"], Chunked("0;x\r\na: b\r\n\r\n"));
        Assert.Equal(["body cut short: abc"], Chunked("3\r\nabc\r\n0\r\nGrpc-Status: 0\r\n"));
        Assert.Equal(["body cut short: abc"], Chunked("3\r\nabc\r\n0\r\n"));
    }

    [Fact]
    public void What_is_for_the_connection_is_taken_off_trailers() =>
        Assert.Equal(
            ["body: ", "trailer a: b"],
            Chunked("0\r\nConnection: close\r\nKeep-Alive: timeout=5\r\nTE: gzip\r\na: b\r\nUpgrade: x\r\nProxy-Connection: close\r\n\r\n"));

    [Theory]
    [InlineData("Content-Length: 5")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Host: b")]
    public void What_frames_or_routes_a_message_is_no_trailer(string line) =>
        Assert.Equal(["400 a field that frames or routes a message is a trailer"], Chunked($"0\r\na: b\r\n{line}\r\n\r\n"));

    [Theory]
    [InlineData("a : b\r\n\r\n")]
    [InlineData("a: b\r\n c\r\n\r\n")]
    [InlineData("a\r\n\r\n")]
    [InlineData(":path: /\r\n\r\n")]
    [InlineData(": b\r\n\r\n")]
    [InlineData("a: b\n\r\n")]
    [InlineData("a: \0\r\n\r\n")]
    [InlineData("\n")]
    [InlineData("a: b\r\n\n")]
    public void Malformed_trailers_are_a_fault(string trailers) =>
        Assert.StartsWith("400 ", Assert.Single(Chunked($"0\r\n{trailers}")), StringComparison.Ordinal);

    [Fact]
    public void Trailers_have_the_limits_of_a_head()
    {
        var most = Conversation.Limits.MaxListSize - 32 - 1;
        Assert.Equal(["body: ", "trailer a: " + new string('v', most)], OnceRead($"0\r\na: {new string('v', most)}\r\n\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], OnceRead($"0\r\na: {new string('v', most + 1)}\r\n\r\n"));
        Assert.Equal(["431 the fields are larger or more than we allow"], OnceRead($"0\r\n{new string('v', 5000)}"));
        Assert.Equal(["431 the fields are larger or more than we allow"], Chunked("0\r\n" + string.Concat(Enumerable.Repeat("TE: a\r\n", 17)) + "\r\n"));
        Assert.Equal(17, Chunked("0\r\n" + string.Concat(Enumerable.Repeat("a: a\r\n", 16)) + "\r\n").Length);
    }

    private static string[] Chunked(string body) => AfterHead(Conversation.OfClient(Head + body));

    private static string[] OnceRead(string body) => AfterHead(Conversation.OfClientInPieces(Head + body, 1000));

    private static string[] Answered(string body)
    {
        var told = Conversation.OfServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        Assert.Equal([":status: 200", "1.1 keeps chunked"], told[..2]);
        return told[2..];
    }

    private const string Head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static string[] AfterHead(string[] told)
    {
        Assert.Equal([":method: POST", ":scheme: http", ":authority: a", ":path: /", "1.1 keeps chunked"], told[..5]);
        return told[5..];
    }
}
