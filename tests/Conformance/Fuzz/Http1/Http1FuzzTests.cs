using CsCheck;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;
using Mesh.Wire.Tests.Http1;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>
/// What peers of HTTP/1.1 say, changed by chance. MESH_FUZZ_SECONDS makes a run as long as wanted. A failure prints a seed, with which
/// CsCheck repeats it, and the input, which goes into the corpus.
/// </summary>
public sealed class Http1FuzzTests
{
    private const int ShortRun = 1500;

    private static readonly Http1Limits Limits = new(MaxListSize: 1024, MaxFieldCount: 16);

    [Theory]
    [InlineData("http1-server")]
    [InlineData("http1-client")]
    public void However_a_conversation_is_cut_it_is_read_the_same_and_nothing_is_held(string target) =>
        Run(
            Gen.Select(Conversations(target), Gen.Int[0, 1 << 20]),
            input =>
            {
                var (said, chance) = input;
                var random = new Random(chance);
                var most = random.Next(3) switch { 0 => 2, 1 => 15, _ => 400 };
                Assert.Equal(Read(target, [said]), Read(target, Pieces.Cut(said, random, most)));
            },
            input => Corpus.ToText(input.Item1));

    [Fact]
    public void What_a_server_accepts_a_client_sends_so_that_the_next_server_reads_the_same() =>
        Run(
            Conversations("http1-server"),
            said =>
            {
                foreach (var message in ReadMessage.Requests(said).Where(message => message.Head.IndexOf(KnownHeader.Authority) >= 0))
                {
                    var written = Pieces.Written(output =>
                    {
                        HeadWriter.WriteRequest(output, message.Head, message.Facts.Framing, close: !message.Facts.KeepsAlive);
                        message.WriteBody(output);
                    });
                    Assert.Equal(message.Told, Assert.Single(ReadMessage.Requests(written)).Told);
                    message.Head.RemoveAll(KnownHeader.Upgrade);
                    Assert.True(MessageRules.IsRequest(message.Head, out _) && MessageRules.AreTrailers(message.Trailers));
                }
            },
            Corpus.ToText);

    [Fact]
    public void What_a_client_accepts_a_server_sends_so_that_the_next_client_reads_the_same() =>
        Run(
            Gen.Select(Conversations("http1-client"), Gen.Int[0, 3]),
            input =>
            {
                var (said, kind) = input;
                var request = new ResponseTo(IsHead: kind == 1, IsConnect: kind == 2, Upgrades: kind == 3);
                foreach (var message in ReadMessage.Responses(said, request))
                {
                    var written = Pieces.Written(output =>
                    {
                        HeadWriter.WriteResponse(output, message.Head, message.Facts.Framing, close: !message.Facts.KeepsAlive, request);
                        message.WriteBody(output);
                    });
                    Assert.Equal(message.Told, Assert.Single(ReadMessage.Responses(written, request)).Told);
                    message.Head.RemoveAll(KnownHeader.Upgrade);
                    Assert.True(message.Facts.Status == 101 || MessageRules.IsResponse(message.Head, out _, out _));
                    Assert.True(MessageRules.AreTrailers(message.Trailers));
                }
            },
            input => Corpus.ToText(input.Item1));

    [Theory]
    [InlineData("http1-server")]
    [InlineData("http1-client")]
    public void What_has_been_found_before_is_not_found_again(string target)
    {
        foreach (var said in Corpus.Of(target))
        {
            for (var chance = 0; chance < 20; chance++)
            {
                Assert.Equal(Read(target, [said]), Read(target, Pieces.Cut(said, new Random(chance), 1 + chance)));
            }
        }
    }

    internal static Gen<byte[]> Conversations(string target)
    {
        var corpus = Corpus.Of(target);
        byte[][] lines = [.. corpus.SelectMany(Lines)];
        return Gen.Select(Gen.Int[0, corpus.Length - 1], TextMutation.Any.Array[0, 8], (at, mutations) =>
        {
            List<byte[]> said = [.. Lines(corpus[at])];
            foreach (var mutation in mutations)
            {
                mutation.Apply(said, lines);
            }

            return said.SelectMany(line => line).ToArray();
        });
    }

    /// <summary>With their ends; what has none is one.</summary>
    private static IEnumerable<byte[]> Lines(byte[] said)
    {
        for (var at = 0; at < said.Length;)
        {
            var end = said.AsSpan(at).IndexOf((byte)'\n');
            var next = end < 0 ? said.Length : at + end + 1;
            yield return said[at..next];
            at = next;
        }
    }

    private static string[] Read(string target, byte[][] pieces) => target == "http1-server"
        ? new ConversationReader(Limits).ReadRequests(pieces)
        : new ConversationReader(Limits).ReadResponses(pieces, [new ResponseTo(), new ResponseTo(IsHead: true), new ResponseTo(Upgrades: true)]);

    internal static void Run<T>(Gen<T> inputs, Action<T> target, Func<T, string> print)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("MESH_FUZZ_SECONDS"), System.Globalization.CultureInfo.InvariantCulture, out var seconds))
        {
            inputs.Sample(target, time: seconds, threads: 1, print: print);
        }
        else
        {
            inputs.Sample(target, iter: ShortRun, threads: 1, print: print);
        }
    }
}
