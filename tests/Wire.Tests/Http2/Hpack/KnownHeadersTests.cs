using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class KnownHeadersTests
{
    private static readonly KnownHeader[] All = [.. Enum.GetValues<KnownHeader>().Where(known => known != KnownHeader.Unknown)];

    [Fact]
    public void Every_known_header_is_found_by_its_own_name_only()
    {
        Assert.Equal(KnownHeaders.Count - 1, All.Length);
        foreach (var known in All)
        {
            var name = KnownHeaders.NameOf(known).ToArray();
            Assert.Equal(known, KnownHeaders.Find(name));
            for (var i = 0; i < name.Length; i++)
            {
                var other = name.ToArray();
                other[i] ^= 0x80;
                Assert.Equal(KnownHeader.Unknown, KnownHeaders.Find(other));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("TE")]
    [InlineData("Content-Type")]
    [InlineData("content-typ")]
    [InlineData("x-request-identifier-of-a-length-that-no-known-name-has")]
    public void Any_other_name_is_unknown(string name) => Assert.Equal(KnownHeader.Unknown, KnownHeaders.Find(Codec.Bytes(name)));

    [Fact]
    public void Known_names_are_lower_case_and_distinct()
    {
        string[] names = [.. All.Select(known => Codec.Text(KnownHeaders.NameOf(known)))];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.DoesNotContain(name, char.IsAsciiLetterUpper));
        Assert.True(KnownHeaders.NameOf(KnownHeader.Unknown).IsEmpty);
    }
}
