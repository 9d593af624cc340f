using CsCheck;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;
using Mesh.Wire.Tests.Http2.Hpack;

namespace Mesh.Wire.Tests.Http1;

/// <summary>
/// What is passed on is what was understood: whatever a reader accepts, the writer writes so that the reader reads the same. What is
/// written is all that the next hop sees, so that there is nothing left for it to understand another way.
/// </summary>
public sealed class DifferentialTests
{
    private const int Tries = 5000;

    [Fact]
    public void A_request_that_is_read_is_written_so_that_it_is_read_the_same()
    {
        var accepted = 0;
        Grammar.Requests.Sample(
            said =>
            {
                foreach (var message in ReadMessage.Requests(said).Where(message => message.Head.IndexOf(KnownHeader.Authority) >= 0))
                {
                    var written = Pieces.Written(output =>
                    {
                        HeadWriter.WriteRequest(output, message.Head, message.Facts.Framing, close: !message.Facts.KeepsAlive);
                        message.WriteBody(output);
                    });
                    AssertLines(written, message);
                    Assert.Equal(message.Told, Assert.Single(ReadMessage.Requests(written)).Told);
                    accepted++;
                }
            },
            iter: Tries,
            threads: 1,
            print: said => Codec.Text(said));
        Assert.True(accepted > Tries / 10, $"{accepted} were accepted");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_response_that_is_read_is_written_so_that_it_is_read_the_same(bool isHead, bool isConnect)
    {
        var request = new ResponseTo(isHead, isConnect, Upgrades: true);
        var accepted = 0;
        Grammar.Responses.Sample(
            said =>
            {
                foreach (var message in ReadMessage.Responses(said, request))
                {
                    var written = Pieces.Written(output =>
                    {
                        HeadWriter.WriteResponse(output, message.Head, message.Facts.Framing, close: !message.Facts.KeepsAlive, request);
                        message.WriteBody(output);
                    });
                    AssertLines(written, message);
                    Assert.Equal(message.Told, Assert.Single(ReadMessage.Responses(written, request)).Told);
                    accepted++;
                }
            },
            iter: Tries,
            threads: 1,
            print: said => Codec.Text(said));
        Assert.True(accepted > Tries / 10, $"{accepted} were accepted");
    }

    [Fact]
    public void What_is_read_is_a_message_by_the_rules_of_HTTP2()
    {
        Grammar.Requests.Sample(
            said =>
            {
                foreach (var message in ReadMessage.Requests(said))
                {
                    message.Head.RemoveAll(KnownHeader.Upgrade);
                    Assert.True(MessageRules.IsRequest(message.Head, out var length));
                    Assert.Equal(message.Facts.Framing == BodyFraming.Length ? message.Facts.Length : -1, length);
                    Assert.True(MessageRules.AreTrailers(message.Trailers));
                }
            },
            iter: Tries,
            threads: 1,
            print: said => Codec.Text(said));
        Grammar.Responses.Sample(
            said =>
            {
                foreach (var message in ReadMessage.Responses(said, new ResponseTo()))
                {
                    Assert.True(MessageRules.IsResponse(message.Head, out var status, out _));
                    Assert.Equal(message.Facts.Status, status);
                    Assert.True(MessageRules.AreTrailers(message.Trailers));
                }
            },
            iter: Tries,
            threads: 1,
            print: said => Codec.Text(said));
    }

    [Fact]
    public void However_it_is_cut_it_is_read_the_same() =>
        Gen.Select(Grammar.Requests, Grammar.Responses, Gen.Int[1, 1 << 20]).Sample(
            (requests, responses, seed) =>
            {
                Assert.Equal(Reader().ReadRequests([requests]), Reader().ReadRequests(Pieces.Cut(requests, new Random(seed), 20)));
                Assert.Equal(Reader().ReadResponses([responses], []), Reader().ReadResponses(Pieces.Cut(responses, new Random(seed), 20), []));
            },
            iter: Tries / 4,
            threads: 1);

    /// <summary>Nothing that a field holds ends its line: there are as many lines as there are fields.</summary>
    private static void AssertLines(byte[] written, ReadMessage message)
    {
        var head = Codec.Text(written);
        head = head[..head.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        var lines = head.Split("\r\n");
        Assert.DoesNotContain(lines, line => line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0);

        // The start line and host or nothing are what pseudo fields become, cookies share a line; up to two lines are the writer's.
        var fields = Codec.Lines(message.Head).Where(line => line[0] != ':').ToLookup(line => line.StartsWith("cookie:", StringComparison.Ordinal));
        var plain = fields[false].Count() + Math.Min(fields[true].Count(), 1) + (message.Facts.Status == 0 ? 2 : 1);
        Assert.InRange(lines.Length, plain, plain + 2);
    }

    private static ConversationReader Reader() => new(Conversation.Limits);
}
