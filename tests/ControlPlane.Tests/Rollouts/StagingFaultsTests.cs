using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Rollouts;

/// <summary>Both ends of what may be said are taken, and what is beyond is refused with its field.</summary>
public sealed class StagingFaultsTests
{
    [Theory]
    [InlineData(0.001, 99.999, 0, 100)]
    public void Percent(double least, double most, double below, double above) =>
        Ends("staging.percent", least, most, below, above, static (staging, value) => staging.Percent = value);

    [Theory]
    [InlineData(1, 604_800, 0.999_999, 604_800.1)]
    [InlineData(2, 3, -1, 1e12)]
    public void Seconds(double least, double most, double below, double above) => Ends("staging.duration", least, most, below, above, static (staging, value) =>
        staging.Duration = new Duration { Seconds = (long)value, Nanos = (int)((value - (long)value) * 1e9) });

    [Theory]
    [InlineData(1, 1_000_000, 0, 1_000_001)]
    public void MinCalls(double least, double most, double below, double above) =>
        Ends("staging.min_calls", least, most, below, above, static (staging, value) => staging.MinCalls = (uint)value);

    [Fact]
    public void What_is_no_number_and_no_duration_is_refused()
    {
        var staging = Valid();
        (staging.Percent, staging.Duration) = (double.NaN, null);
        Assert.Equal(["staging.percent", "staging.duration"], StagingFaults.Of(staging).Select(fault => fault.Split(':')[0]));
    }

    private static Staging Valid() => new() { Percent = 10, Duration = new Duration { Seconds = 60 }, AbortIf = "success<99%" };

    private static void Ends(string field, double least, double most, double below, double above, Action<Staging, double> set)
    {
        foreach (var (value, isRight) in (ReadOnlySpan<(double, bool)>)[(least, true), (most, true), (below, false), (above, false)])
        {
            var staging = Valid();
            set(staging, value);
            Assert.Equal(isRight ? [] : [field], StagingFaults.Of(staging).Select(fault => fault.Split(':')[0]));
        }
    }
}
