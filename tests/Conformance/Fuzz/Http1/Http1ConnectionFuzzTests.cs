using CsCheck;
using Mesh.Conformance.Peer;
using Mesh.Wire.Streams;
using Mesh.Wire.Tests.Http1;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>Connections of HTTP/1.1 whose peers say what is changed by chance; see <see cref="Http1FuzzTests"/>.</summary>
public sealed class Http1ConnectionFuzzTests
{
    [Theory]
    [InlineData("http1-server")]
    [InlineData("http1-client")]
    public void Whatever_a_peer_says_a_connection_holds_out_and_leaves_nothing(string target) =>
        Http1FuzzTests.Run(
            Gen.Select(Http1FuzzTests.Conversations(target), Gen.Int[0, 1 << 20]),
            input => FuzzedHttp1Connection.Run(target == "http1-server", input.Item1, input.Item2),
            input => Corpus.ToText(input.Item1));

    [Theory]
    [InlineData("http1-server")]
    [InlineData("http1-client")]
    public void However_a_conversation_is_cut_it_is_told_and_answered_the_same(string target) =>
        Http1FuzzTests.Run(
            Gen.Select(Http1FuzzTests.Conversations(target), Gen.Int[0, 1 << 20]),
            input =>
            {
                var (said, chance) = input;
                var random = new Random(chance);
                Assert.Equal(Read(target, [said]), Read(target, Pieces.Cut(said, random, 1 + random.Next(60))));
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
                FuzzedHttp1Connection.Run(target == "http1-server", said, chance);
            }
        }
    }

    /// <summary>What our side makes of an input: what it says, to whom, and how it ends.</summary>
    private static List<string> Read(string target, byte[][] pieces)
    {
        var options = new WireOptions { MaxHeaderListSize = 1024, MaxHeaderCount = 16 };
        using var peer = target == "http1-server" ? Conformance.Http1.Http1Peer.OfEcho(options) : Conformance.Http1.Http1Peer.OfClient(options);
        if (target == "http1-client")
        {
            peer.Opened();
        }

        foreach (var piece in pieces)
        {
            peer.Channel.Receive(piece);
        }

        peer.Turn();
        peer.End();
        var told = peer.App.Take();
        // Of a body that has a fault the last piece may come with it, and is then not told.
        var hasFault = told.Exists(line => line.EndsWith("Violation", StringComparison.Ordinal));
        told = [.. told.Where(line => !line.StartsWith("data", StringComparison.Ordinal) || line.EndsWith(" end", StringComparison.Ordinal)).Select(line => line.StartsWith("data", StringComparison.Ordinal) ? "data end" : line)];
        var bytes = hasFault ? "some" : $"{peer.App.DataBytes}";
        return [.. told, $"{bytes} bytes", peer.Take(), peer.Connection.Failure ?? "sound", .. Enum.GetValues<ProtocolViolation>().Select(kind => $"{kind} {peer.Violations[kind]}")];
    }
}
