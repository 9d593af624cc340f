using Mesh.Policy;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class TraceSamplingTests
{
    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData(null, null, false, false)]
    [InlineData("something", null, null, true)]
    [InlineData("always_on", null, false, true)]
    [InlineData("always_off", null, true, false)]
    [InlineData("always_off", null, null, false)]
    [InlineData("parentbased_always_on", null, false, false)]
    [InlineData("parentbased_always_off", null, null, false)]
    [InlineData("parentbased_always_off", null, true, true)]
    [InlineData("parentbased_traceidratio", "0", true, true)]
    [InlineData("parentbased_traceidratio", "1", null, true)]
    [InlineData("parentbased_traceidratio", "0", null, false)]
    [InlineData("traceidratio", "0", true, false)]
    [InlineData("traceidratio", "nonsense", false, true)]
    [InlineData("traceidratio", "1.5", null, true)]
    public void The_sampler_decides_as_OpenTelemetry_defines_it(string? sampler, string? argument, bool? parent, bool expected)
    {
        var sampling = TraceSampling.From(sampler, argument);
        Assert.False(sampling.IsOff);
        Assert.Equal(expected, sampling.ShouldSample(parent, 0));
        Assert.Equal(expected, sampling.ShouldSample(parent, ulong.MaxValue));
    }

    [Fact]
    public void A_ratio_samples_its_share_of_the_traces_and_each_trace_alike_everywhere()
    {
        var rng = new Rng(7);
        var here = TraceSampling.From("traceidratio", "0.25");
        var there = TraceSampling.From("parentbased_traceidratio", "0.25");
        var sampled = 0;
        const int traces = 100_000;
        for (var i = 0; i < traces; i++)
        {
            var id = rng.NextUInt64();
            Assert.Equal(here.ShouldSample(null, id), there.ShouldSample(null, id));
            sampled += here.ShouldSample(null, id) ? 1 : 0;
        }

        Assert.InRange(sampled, traces * 0.24, traces * 0.26);
    }
}
