using System.Text;
using CsCheck;
using Mesh.Policy.Deadlines;

namespace Mesh.Policy.Tests.Deadlines;

public class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("0n", 0)]
    [InlineData("1u", 10)]
    [InlineData("250m", 2_500_000)]
    [InlineData("5S", 50_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("99999999H", 99_999_999 * 36_000_000_000)]
    public void Values_are_read(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out var parsed));
        Assert.Equal(ticks, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("123456789S")]
    [InlineData("1SS")]
    public void Anything_else_is_refused(string text)
        => Assert.False(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData(0, "1n")]
    [InlineData(-5, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(50_000_000, "5000000u")]
    [InlineData(999_999_999, "99999999u")]
    [InlineData(1_000_000_000, "100000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Times_are_written_in_the_finest_unit_that_fits(long ticks, string text) => Assert.Equal(text, Format(ticks));

    [Fact]
    public void What_is_written_reads_back_to_no_more_and_hardly_less()
    {
        var largest = 99_999_999 * TimeSpan.TicksPerHour;
        Gen.Int[0, 62].SelectMany(bits => Gen.Long[1, 1L << bits]).Select(ticks => Math.Min(ticks, largest)).Sample(ticks =>
        {
            var text = Format(ticks);
            Assert.InRange(text.Length, 2, GrpcTimeout.MaxLength);
            Assert.True(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out var back));

            // Eight digits keep at least a part in ten thousand: the coarsest step is from 99999999M to 1666666H.
            Assert.InRange(back, ticks - (ticks / 10_000), ticks);
        });
    }

    [Fact]
    public void Reading_and_writing_allocates_nothing()
    {
        var value = "1500m"u8.ToArray();
        var destination = new byte[12];
        Assert.Equal(0, Allocations.Of(() =>
        {
            if (GrpcTimeout.TryParse(value, out var ticks))
            {
                GrpcTimeout.Format(ticks, destination);
            }
        }));
    }

    private static string Format(long ticks)
    {
        Span<byte> destination = stackalloc byte[12];
        return Encoding.ASCII.GetString(destination[..GrpcTimeout.Format(ticks, destination)]);
    }
}
