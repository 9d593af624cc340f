using Mesh.Wire.Http1;
using Mesh.Wire.Tests.Http2.Hpack;

namespace Mesh.Wire.Tests.Http1;

/// <summary>
/// What our readers make of what one side says, told in lines. Each input is read whole, in two parts cut at every place, and byte by
/// byte; a difference fails the test, and so does anything that is still held at the end.
/// </summary>
internal static class Conversation
{
    /// <summary>Small enough to be met, and as large as HTTP/2 allows them to be.</summary>
    public static readonly Http1Limits Limits = new(MaxListSize: 1024, MaxFieldCount: 16);

    /// <summary>What a client says, read as requests.</summary>
    public static string[] OfClient(string said) => Same(said, cuts => new ConversationReader(Limits).ReadRequests(Cut(said, cuts)));

    /// <summary>What a server says, read as responses to these requests; with none given, to as many ordinary ones as it takes.</summary>
    public static string[] OfServer(string said, params ResponseTo[] requests) =>
        Same(said, cuts => new ConversationReader(Limits).ReadResponses(Cut(said, cuts), requests));

    /// <summary>The same for what is too long to be cut at every place: read whole, and in pieces of that many bytes.</summary>
    public static string[] OfClientInPieces(string said, int size)
    {
        var whole = new ConversationReader(Limits).ReadRequests([Codec.Bytes(said)]);
        AssertSame(whole, new ConversationReader(Limits).ReadRequests([.. Codec.Bytes(said).Chunk(size)]), $"in pieces of {size}");
        AssertSame(whole, new ConversationReader(Limits).ReadRequests([.. Codec.Bytes(said).Chunk(1)]), "byte by byte");
        return whole;
    }

    private static string[] Same(string said, Func<int[], string[]> read)
    {
        var whole = read([]);
        for (var cut = 1; cut < said.Length; cut++)
        {
            AssertSame(whole, read([cut]), $"cut at {cut}");
        }

        AssertSame(whole, read([.. Enumerable.Range(1, Math.Max(said.Length - 1, 0))]), "byte by byte");
        return whole;
    }

    private static void AssertSame(string[] whole, string[] other, string how)
    {
        if (!whole.SequenceEqual(other))
        {
            Assert.Fail($"{how}:\n{string.Join('\n', other)}\nwhole:\n{string.Join('\n', whole)}");
        }
    }

    private static byte[][] Cut(string said, int[] cuts)
    {
        var bytes = Codec.Bytes(said);
        int[] ends = [.. cuts, bytes.Length];
        return [.. ends.Select((end, i) => bytes[(i == 0 ? 0 : cuts[i - 1])..end])];
    }
}
