using Mesh.Wire.Streams;

namespace Mesh.Wire.Tests;

public sealed class WireOptionsTests
{
    public static TheoryData<string, Func<int, WireOptions>, int, int> Ranges => new()
    {
        { "MaxConcurrentStreams", v => new() { MaxConcurrentStreams = v }, 1, int.MaxValue },
        { "StreamWindow", v => new() { StreamWindow = v }, 65_535, int.MaxValue },
        { "ConnectionWindow", v => new() { ConnectionWindow = v }, 65_535, int.MaxValue },
        { "MaxFrameSize", v => new() { MaxFrameSize = v }, 16_384, 16_777_215 },
        { "MaxHeaderListSize", v => new() { MaxHeaderListSize = v }, 1024, 16_777_216 },
        { "MaxHeaderCount", v => new() { MaxHeaderCount = v }, 8, 65_536 },
        { "HeaderTableSize", v => new() { HeaderTableSize = v }, 0, 16_777_216 },
        { "OutputHighWater", v => new() { OutputHighWater = v }, 16_384, 1_073_741_824 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_number_out_of_its_range_is_refused_with_its_name_and_the_range(string option, Func<int, WireOptions> with, int least, int most)
    {
        Assert.NotNull(with(least));
        Assert.NotNull(with(most));
        foreach (var value in most == int.MaxValue ? new[] { least - 1, -1 } : [least - 1, -1, most + 1, int.MinValue])
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => with(value));
            Assert.Equal(option, error.ParamName);
            Assert.StartsWith($"{option} is {least} to {most}.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_negative_time_is_refused_and_none_is_allowed()
    {
        foreach (var with in new Func<TimeSpan, WireOptions>[]
        {
            v => new() { HandshakeTimeout = v },
            v => new() { IdleTimeout = v },
            v => new() { StallTimeout = v },
            v => new() { KeepAliveInterval = v },
            v => new() { KeepAliveTimeout = v },
        })
        {
            Assert.NotNull(with(TimeSpan.Zero));
            Assert.Throws<ArgumentOutOfRangeException>(() => with(TimeSpan.FromTicks(-1)));
        }
    }

    [Fact]
    public void An_option_changed_in_a_copy_is_checked_as_well() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WireOptions() with { MaxFrameSize = 1 });
}
