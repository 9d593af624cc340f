
namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>Sections 4.1 to 4.4: sizes and eviction.</summary>
public sealed class Rfc7541_4_TableManagementTests
{
    [Fact]
    public void An_insertion_evicts_the_oldest_entries_until_it_fits()
    {
        var decoder = Codec.Decoder(maxTable: 120);
        Codec.Decode(decoder, Codec.Concat(Codec.Literal(0x40, "a", "1"), Codec.Literal(0x40, "b", "2"), Codec.Literal(0x40, "c", "3")));
        Assert.Equal((102, 3), (decoder.TableSize, decoder.TableCount));
        Codec.Decode(decoder, Codec.Literal(0x40, "d", new string('4', 30)));
        Assert.Equal(["d: " + new string('4', 30), "c: 3"], Codec.Table(decoder));
        Assert.Equal(97, decoder.TableSize);
    }

    [Fact]
    public void An_entry_larger_than_the_table_empties_it_and_is_still_decoded()
    {
        var decoder = Codec.Decoder(maxTable: 64);
        Codec.Decode(decoder, Codec.Literal(0x40, "a", "1"));
        Assert.Equal(["big: " + new string('v', 30)], Codec.Decode(decoder, Codec.Literal(0x40, "big", new string('v', 30))));
        Assert.Equal((0, 0), (decoder.TableSize, decoder.TableCount));
        Codec.Decode(decoder, Codec.Literal(0x40, "fits", new string('v', 28)));
        Assert.Equal((64, 1), (decoder.TableSize, decoder.TableCount));
    }

    [Fact]
    public void A_name_may_refer_to_the_entry_that_its_own_insertion_evicts()
    {
        var decoder = Codec.Decoder(maxTable: 100);
        Codec.Decode(decoder, Codec.Literal(0x40, "the-name-of-an-entry", "1"));
        for (var i = 0; i < 50; i++)
        {
            // 20 for the name, 32 of overhead and 40 for the value: only one such entry fits.
            var value = new string((char)('a' + (i % 26)), 40);
            Assert.Equal(["the-name-of-an-entry: " + value], Codec.Decode(decoder, Codec.Concat([0x7e], Codec.Plain(value))));
            Assert.Equal((92, 1), (decoder.TableSize, decoder.TableCount));
        }
    }

    [Fact]
    public void Entries_survive_while_the_buffer_behind_the_table_moves()
    {
        var decoder = Codec.Decoder();
        var expected = new List<string>();
        for (var i = 0; i < 2000; i++)
        {
            var value = $"{i}-{new string('v', i % 97)}";
            Codec.Decode(decoder, Codec.Literal(0x40, "x-n", value));
            expected.Insert(0, "x-n: " + value);
            if (i % 50 == 0)
            {
                Assert.Equal(expected.Take(decoder.TableCount), Codec.Table(decoder));
            }
        }

        Assert.InRange(decoder.TableSize, 3900, 4096);
    }

    [Fact]
    public void The_generation_changes_with_every_change_of_the_table_and_only_then()
    {
        var decoder = Codec.Decoder();
        var seen = new HashSet<uint> { decoder.TableGeneration };
        void Changes(byte[] block)
        {
            Codec.Decode(decoder, block);
            Assert.True(seen.Add(decoder.TableGeneration));
        }

        void Stays(byte[] block)
        {
            var before = decoder.TableGeneration;
            Codec.Decode(decoder, block);
            Assert.Equal(before, decoder.TableGeneration);
        }

        Stays([0x82]);
        Changes(Codec.Literal(0x40, "a", "1"));
        Stays([0xbe, 0x82]);
        Stays(Codec.Literal(0x00, "b", "2"));
        Stays(Codec.Literal(0x10, "c", "3"));
        Changes(Codec.Literal(0x40, "a", "1"));
        Changes([0x3f, 0x21]); // 64: evicts
        Changes([0x20]);
        decoder.SetMaxTableSize(2048);
        Assert.True(seen.Add(decoder.TableGeneration));
    }
}
