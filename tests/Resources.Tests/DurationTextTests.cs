using CsCheck;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources.Tests;

public class DurationTextTests
{
    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("0s", 0, 0)]
    [InlineData("1.5s", 1, 500_000_000)]
    [InlineData("250ms", 0, 250_000_000)]
    [InlineData("1m30s", 90, 0)]
    [InlineData("1h0.5m", 3630, 0)]
    [InlineData("10us", 0, 10_000)]
    [InlineData("10µs", 0, 10_000)]
    [InlineData("7ns", 0, 7)]
    [InlineData("0.000000001s", 0, 1)]
    [InlineData("315576000000s", 315_576_000_000, 0)]
    public void Durations_are_read(string text, long seconds, int nanos)
    {
        Assert.True(DurationText.TryParse(text, out var duration, out _));
        Assert.Equal((seconds, nanos), (duration.Seconds, duration.Nanos));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("1 s")]
    [InlineData("+1s")]
    [InlineData("1..5s")]
    [InlineData(".")]
    [InlineData("1e3s")]
    [InlineData("1s2")]
    [InlineData("315576000001s")]
    [InlineData("9999999999999999h9999999999999999h")]
    [InlineData("99999999999999999999999999999999999999999999999s")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(DurationText.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
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
        => Assert.Equal(text, DurationText.Format(new Duration { Seconds = seconds, Nanos = nanos }));

    [Fact]
    public void What_is_written_reads_back()
        => Gen.Select(Gen.Long[0, 315_575_999_999], Gen.Int[0, 999_999_999], Gen.Bool).Sample((seconds, nanos, small) =>
        {
            var duration = new Duration { Seconds = small ? seconds % 100 : seconds, Nanos = nanos };
            Assert.True(DurationText.TryParse(DurationText.Format(duration), out var back, out _));
            Assert.Equal(duration, back);
        });
}
