using System.Globalization;
using CsCheck;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Fuzz;

/// <summary>
/// Inputs made of the corpus by chance, for each part that reads what a peer sends. A short run each; MESH_FUZZ_SECONDS makes it
/// as long as wanted. A failure prints a seed, with which CsCheck repeats it, and the input, which goes into the corpus.
/// </summary>
public sealed class FuzzTests
{
    private const int ShortRun = 1500;

    /// <summary>Of those that take each input twice and write down what becomes of it.</summary>
    private const int ShortComparison = 500;

    /// <summary>0 is the short run.</summary>
    private static readonly int Seconds =
        int.TryParse(Environment.GetEnvironmentVariable("MESH_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    private static readonly Gen<Mutation[]> Mutations = Gen.Frequency((8, Mutation.Any.Array[1, 6]), (1, Mutation.Any.Array[6, 40]), (1, Gen.Const(Array.Empty<Mutation>())));

    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public void Whatever_a_peer_says_a_connection_holds_out_and_leaves_nothing(string role) =>
        Run(Gen.Select(Conversations(role), Gen.Int[0, 1 << 20]), input => FuzzedConnection.Run(role == "server", input.Item1, input.Item2), input => Corpus.ToText(input.Item1), ShortRun);

    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public void However_a_conversation_is_cut_it_is_read_the_same(string role) =>
        Run(
            Gen.Select(Conversations(role), Gen.Int[0, 1 << 20]),
            input =>
            {
                var whole = Read(role == "server", input.Item1, input.Item1.Length, new Random(0));
                var cut = Read(role == "server", input.Item1, 60, new Random(input.Item2));
                Assert.Equal(whole, cut);
            },
            input => Corpus.ToText(input.Item1),
            ShortComparison);

    [Fact]
    public void Whatever_blocks_come_the_decoder_answers_within_its_limits()
    {
        var corpus = Corpus.Of("hpack");
        var block = Gen.Select(Gen.Int[0, corpus.Length - 1], Mutations, (at, mutations) =>
        {
            List<byte> bytes = [.. corpus[at]];
            foreach (var mutation in mutations)
            {
                mutation.ApplyToBytes(bytes);
            }

            return bytes.ToArray();
        });
        Run(block.Array[1, 6], Decode, blocks => string.Concat(blocks.Select(Corpus.ToText)), ShortRun);
    }

    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public void What_has_been_found_before_is_not_found_again(string role)
    {
        foreach (var input in Corpus.Of(role))
        {
            for (var chance = 0; chance < 20; chance++)
            {
                FuzzedConnection.Run(role == "server", input, chance);
            }
        }
    }

    /// <summary>MESH_FUZZ_SEEDS=tests/Conformance/Fuzz/Corpus (absolute) writes those that are new or have changed.</summary>
    [Fact]
    public void The_corpus_holds_a_conversation_of_each_shape()
    {
        foreach (var (name, bytes) in Seeds.All)
        {
            if (Environment.GetEnvironmentVariable("MESH_FUZZ_SEEDS") is { } folder)
            {
                var file = Path.Combine(folder, name + ".hex");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, Corpus.ToText(bytes));
            }
            else
            {
                Assert.Equal(bytes, Corpus.Find(name));
            }
        }
    }

    private static Gen<byte[]> Conversations(string role)
    {
        var corpus = Corpus.Of(role);
        byte[][] others = [.. corpus.SelectMany(input => Mutation.Split(input))];
        return Gen.Select(Gen.Int[0, corpus.Length - 1], Mutations, (at, mutations) =>
        {
            var frames = Mutation.Split(corpus[at]);
            foreach (var mutation in mutations)
            {
                mutation.ApplyToFrames(frames, others);
            }

            return frames.SelectMany(frame => frame).ToArray();
        });
    }

    private static void Run<T>(Gen<T> inputs, Action<T> target, Func<T, string> print, int shortRun)
    {
        if (Seconds > 0)
        {
            inputs.Sample(target, time: Seconds, print: print);
        }
        else
        {
            inputs.Sample(target, iter: shortRun, threads: 1, print: print);
        }
    }

    /// <summary>What our side makes of an input: what it says, to whom, and how it ends.</summary>
    private static List<string> Read(bool server, byte[] input, int most, Random random)
    {
        var peer = ScriptedPeer.Silent(server, new WireOptions { MaxConcurrentStreams = 6, StreamWindow = 65_535, ConnectionWindow = 100_000, MaxHeaderListSize = 2048 });
        if (!server)
        {
            peer.Accept();
            peer.Open();
            peer.Open(end: false);
            peer.Open();
        }

        for (var at = 0; at < input.Length;)
        {
            var n = Math.Min(input.Length - at, 1 + random.Next(most));
            peer.Channel.Receive(input.AsSpan(at, n));
            at += n;
        }

        peer.Turn();
        // Pieces are told one by one and given back one by one: compared is that they are told, and how much it is.
        var told = peer.App.Take().Select(line => line.StartsWith("data", StringComparison.Ordinal) ? $"data {(line.EndsWith(" end", StringComparison.Ordinal) ? "end" : "")}" : line);
        var said = peer.TakeFrames().Where(line => !line.StartsWith("WINDOW_UPDATE", StringComparison.Ordinal));
        return [.. told, $"{peer.App.DataBytes} bytes", .. said, peer.Connection.Failure ?? "sound", .. Enum.GetValues<ProtocolViolation>().Select(kind => $"{kind} {peer.Violations[kind]}")];
    }

    private static void Decode(byte[][] blocks)
    {
        const int limit = 2048;
        var decoder = new HpackDecoder(4096, limit, 32);
        var list = new HeaderList();
        foreach (var block in blocks)
        {
            var result = decoder.Decode(block, list);
            Assert.InRange(decoder.TableSize, 0, 4096);
            Assert.InRange(decoder.TableCount, 0, 4096 / 32);
            Assert.InRange(list.Size, 0, limit);
            Assert.InRange(list.Count, 0, 32);
            Assert.InRange(list.BytesCapacity, 0, 64 * 1024);
            if (result != HpackResult.Ok)
            {
                Assert.Equal(0, list.Count);
            }

            for (var i = 0; i < list.Count; i++)
            {
                Assert.True(list.NameAt(i).Length + list.ValueAt(i).Length <= limit);
            }

            if (result == HpackResult.CompressionError)
            {
                return;
            }
        }
    }
}
