using System.Buffers;
using Mesh.Sidecar.Admin.Pages;

namespace Mesh.Sidecar.Tests.Admin;

public sealed class PageBufferTests
{
    [Fact]
    public void What_was_written_comes_in_its_order_whatever_the_pieces()
    {
        var random = new Random(7);
        var page = new PageBuffer();
        var expected = new List<byte>();
        for (var i = 0; i < 500; i++)
        {
            var piece = new byte[random.Next(4) == 0 ? random.Next(40_000) : random.Next(300)];
            random.NextBytes(piece);
            expected.AddRange(piece);
            if (i % 2 == 0)
            {
                page.Write(piece);
            }
            else
            {
                piece.CopyTo(page.GetSpan(piece.Length)); // whole, behind what is there or in a block of its own
                page.Advance(piece.Length);
            }
        }

        Assert.Equal(expected.Count, page.Written.Length);
        Assert.Equal(expected, page.Written.ToArray());
    }

    [Fact]
    public void Nothing_written_is_nothing() => Assert.True(new PageBuffer().Written.IsEmpty);
}
