using CsCheck;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class RoundTripPropertyTests
{
    // Few distinct names and values, so that tables are hit; some of any octets and any length.
    private static readonly Gen<byte[]> Name = Gen.Frequency(
        (4, OneOf(":method", ":path", ":authority", "te", "cookie", "authorization", "grpc-timeout", "x-a", "x-bb").Select(Codec.Bytes)),
        (1, Gen.Byte.Array[0, 40]));

    private static readonly Gen<byte[]> Value = Gen.Frequency(
        (3, OneOf("", "GET", "/", "trailers", "a-value", "another value", "1").Select(Codec.Bytes)),
        (2, Gen.Char['a', 'z'].Array[0, 200].Select(chars => Codec.Bytes(new string(chars)))),
        (1, Gen.Byte.Array[0, 1500]));

    private static readonly Gen<(byte[] Name, byte[] Value, bool Never)[]> Fields = Gen.Select(Name, Value, Gen.Int[0, 9].Select(i => i == 0)).Array[0, 12];

    private static readonly Gen<uint> Size = OneOf(0u, 40u, 100u, 300u, 1000u, 4096u, 10_000u, uint.MaxValue);

    // A step: settings that arrive one behind the other, then a block.
    private static readonly Gen<(uint[] Settings, (byte[] Name, byte[] Value, bool Never)[] Fields)> Step =
        Gen.Select(Gen.Frequency((3, Gen.Const(Array.Empty<uint>())), (1, Size.Array[1, 3])), Fields);

    [Fact]
    public void What_is_encoded_decodes_to_the_same_list_whatever_the_table_sizes()
        => Gen.Select(OneOf(0, 64, 200, 4096, 16_384), Step.Array[1, 30]).Sample(
            (ours, steps) =>
            {
                var encoder = new HpackEncoder(ours);
                var decoder = Codec.Decoder();
                var output = new ByteBuffer();
                var list = new HeaderList();
                var decoded = new HeaderList();
                foreach (var (settings, fields) in steps)
                {
                    foreach (var setting in settings)
                    {
                        decoder.SetMaxTableSize((int)Math.Min(setting, int.MaxValue));
                        encoder.SetPeerTableSize(setting);
                    }

                    list.Clear();
                    foreach (var (name, value, never) in fields)
                    {
                        list.Add(name, value, never);
                    }

                    output.Clear();
                    encoder.Encode(list, output);
                    Assert.Equal(HpackResult.Ok, decoder.Decode(output.Written, decoded));
                    AssertSame(list, decoded);
                    Assert.Equal((encoder.TableSize, encoder.TableCount), (decoder.TableSize, decoder.TableCount));
                    Assert.True(output.Length <= list.Size + (2 * HpackInteger.MaxLength));
                }
            });

    [Fact]
    public void Any_octets_are_answered_with_a_result_within_the_limits()
        => Gen.Byte.Array[0, 400].Array[1, 6].Sample(blocks => AssertBounded(blocks));

    [Fact]
    public void Mutated_blocks_are_answered_with_a_result_within_the_limits()
        => Gen.Select(Fields.Array[1, 5], Gen.Select(Gen.Int[0, 100_000], Gen.Byte).Array[1, 6]).Sample(
            (lists, mutations) =>
            {
                var encoder = new HpackEncoder();
                var blocks = lists.Select(fields =>
                {
                    var list = new HeaderList();
                    foreach (var (name, value, never) in fields)
                    {
                        list.Add(name, value, never);
                    }

                    return Codec.Encode(encoder, list);
                }).ToArray();
                foreach (var (at, octet) in mutations)
                {
                    var block = blocks[at % blocks.Length];
                    if (block.Length != 0)
                    {
                        block[at % block.Length] = octet;
                    }
                }

                AssertBounded(blocks);
            });

    private static void AssertBounded(byte[][] blocks)
    {
        const int maxTable = 512;
        const int maxList = 1000;
        const int maxFields = 8;
        var limited = Codec.Decoder(maxTable, maxList, maxFields);
        var unlimited = Codec.Decoder(maxTable);
        var list = new HeaderList();
        var whole = new HeaderList();
        foreach (var block in blocks)
        {
            var result = limited.Decode(block, list);
            var reference = unlimited.Decode(block, whole);
            Assert.InRange(limited.TableSize, 0, maxTable);
            if (result == HpackResult.Ok)
            {
                Assert.InRange(list.Size, 0, maxList);
                Assert.InRange(list.Count, 0, maxFields);
                AssertSame(whole, list);
            }
            else
            {
                Assert.Equal((0, 0), (list.Count, list.Size));
            }

            if (result == HpackResult.CompressionError)
            {
                Assert.Equal(HpackResult.CompressionError, reference);
                return;
            }

            // The limits change what is kept, never what the table holds.
            Assert.Equal(HpackResult.Ok, reference);
            Assert.Equal((unlimited.TableSize, unlimited.TableCount), (limited.TableSize, limited.TableCount));
            Assert.Equal(whole.Size > maxList || whole.Count > maxFields, result == HpackResult.HeaderListTooLarge);
        }

        Assert.Equal(Codec.Table(unlimited), Codec.Table(limited));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void AssertSame(HeaderList expected, HeaderList actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Size, actual.Size);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(expected.NameAt(i).SequenceEqual(actual.NameAt(i)));
            Assert.True(expected.ValueAt(i).SequenceEqual(actual.ValueAt(i)));
            Assert.Equal(expected.KnownAt(i), actual.KnownAt(i));
            // Ours may keep more secret than it was told to, never less.
            Assert.True(actual[i].NeverIndexed || !expected[i].NeverIndexed);
        }
    }
}
