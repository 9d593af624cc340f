using System.Globalization;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// Whether a call gets a span, decided before there is one: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG as
/// OpenTelemetry defines them (default parentbased_always_on).
/// </summary>
internal sealed class TraceSampling
{
    /// <summary>Nobody would export a span: calls are passed on as they come, their heads untouched.</summary>
    public static readonly TraceSampling Off = new(isOff: true, followParent: false, ratio: 0);

    /// <summary>A ratio looks at as many bits of a trace id as are random in every trace id (W3C Trace Context level 2).</summary>
    private const int RandomBits = 56;

    private readonly bool _followParent;
    private readonly ulong _threshold;

    private TraceSampling(bool isOff, bool followParent, double ratio)
    {
        IsOff = isOff;
        _followParent = followParent;
        _threshold = (ulong)((1 - ratio) * (1UL << RandomBits));
    }

    public bool IsOff { get; }

    /// <param name="sampler">OTEL_TRACES_SAMPLER; null or unknown is the default.</param>
    /// <param name="argument">OTEL_TRACES_SAMPLER_ARG: 0 to 1; anything else is 1.</param>
    public static TraceSampling From(string? sampler, string? argument)
    {
        var ratio = double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 0 and <= 1
            ? parsed
            : 1;
        return sampler switch
        {
            "always_on" => new TraceSampling(false, followParent: false, 1),
            "always_off" => new TraceSampling(false, followParent: false, 0),
            "traceidratio" => new TraceSampling(false, followParent: false, ratio),
            "parentbased_always_off" => new TraceSampling(false, followParent: true, 0),
            "parentbased_traceidratio" => new TraceSampling(false, followParent: true, ratio),
            _ => new TraceSampling(false, followParent: true, 1),
        };
    }

    /// <summary>The same trace is decided alike by every hop with the same ratio.</summary>
    /// <param name="parent">The caller's decision; null if there is none.</param>
    /// <param name="traceLow">The lower half of the trace id.</param>
    public bool ShouldSample(bool? parent, ulong traceLow) => _followParent && parent is { } decided
        ? decided
        : (traceLow & ((1UL << RandomBits) - 1)) >= _threshold;
}
