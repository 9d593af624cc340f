using CsCheck;

namespace Mesh.Values.Tests;

public class DurationTextTests
{
    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("0s", 0, 0)]
    [InlineData("1.5s", 1, 500_000_000)]
    [InlineData("250ms", 0, 250_000_000)]
    [InlineData("1m30s", 90, 0)]
    [InlineData("1h0.5m", 3630, 0)]
    [InlineData("1h1m1s1ms", 3661, 1_000_000)]
    [InlineData("2400h", 8_640_000, 0)]
    [InlineData("10us", 0, 10_000)]
    [InlineData("10µs", 0, 10_000)]
    [InlineData("7ns", 0, 7)]
    [InlineData("0.000000001s", 0, 1)]
    [InlineData("315576000000s", 315_576_000_000, 0)]
    public void Durations_are_read(string text, long seconds, int nanos)
    {
        Assert.True(DurationText.TryParse(text, out var readSeconds, out var readNanos, out _));
        Assert.Equal((seconds, nanos), (readSeconds, readNanos));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("1 s")]
    [InlineData("+1s")]
    [InlineData("-1s")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1us1µs")]
    [InlineData("1.s")]
    [InlineData(".5s")]
    [InlineData("1.5.5s")]
    [InlineData("1..5s")]
    [InlineData(".")]
    [InlineData("1e3s")]
    [InlineData("1s2")]
    [InlineData("315576000001s")]
    [InlineData("9999999999999999h9999999999999999h")]
    [InlineData("99999999999999999999999999999999999999999999999s")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(DurationText.TryParse(text, out _, out _, out var error));
        Assert.NotEmpty(error);
        Assert.False(DurationText.TryParse(text, out _));
    }

    [Theory]
    [InlineData("1h500us", 3_600_000_500_000)]
    [InlineData("101ns", 200)]
    [InlineData("315576000000s", long.MaxValue)]
    public void A_time_span_takes_the_next_tick(string text, long nanos)
    {
        Assert.True(DurationText.TryParse(text, out var span));
        Assert.Equal(nanos == long.MaxValue ? 315_576_000_000 * TimeSpan.TicksPerSecond : nanos / 100, span.Ticks);
    }

    [Theory]
    [InlineData(0, 0, "0s")]
    [InlineData(90, 0, "1m30s")]
    [InlineData(3600, 0, "1h")]
    [InlineData(1, 500_000_000, "1.5s")]
    [InlineData(0, 250_000_000, "250ms")]
    [InlineData(0, 1_500, "1.5us")]
    [InlineData(0, 1, "1ns")]
    [InlineData(-1, -500_000_000, "-1.5s")]
    public void Durations_are_written_as_people_do(long seconds, int nanos, string text)
        => Assert.Equal(text, DurationText.Format(seconds, nanos));

    [Theory]
    [InlineData("0s")]
    [InlineData("250ms")]
    [InlineData("1m30s")]
    [InlineData("1.5s")]
    [InlineData("1h0.0005s")]
    public void A_time_span_is_written_as_it_is_read(string text)
    {
        Assert.True(DurationText.TryParse(text, out var span));
        Assert.Equal(text, DurationText.Format(span));
    }

    [Fact]
    public void What_is_written_reads_back()
        => Gen.Select(Gen.Long[0, 315_575_999_999], Gen.Int[0, 999_999_999], Gen.Bool).Sample((seconds, nanos, small) =>
        {
            seconds = small ? seconds % 100 : seconds;
            Assert.True(DurationText.TryParse(DurationText.Format(seconds, nanos), out var readSeconds, out var readNanos, out _));
            Assert.Equal((seconds, nanos), (readSeconds, readNanos));
        });
}
