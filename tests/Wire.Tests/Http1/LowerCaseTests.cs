using Mesh.Wire.Http1;

namespace Mesh.Wire.Tests.Http1;

public sealed class LowerCaseTests
{
    [Fact]
    public void Capitals_of_ASCII_become_small_and_no_other_octet_changes_at_any_length()
    {
        for (var length = 0; length < 40; length++)
        {
            for (var octet = 0; octet < 256; octet++)
            {
                // Its neighbours differ, so that what spills over shows.
                byte[] name = [.. Enumerable.Range(0, length).Select(i => (byte)(octet + (i * 7)))];
                var lowered = new byte[length + 1];
                LowerCase.Write(name, lowered);
                Assert.Equal([.. name.Select(o => o is >= (byte)'A' and <= (byte)'Z' ? (byte)(o + 32) : o), 0], lowered);
            }
        }
    }
}
