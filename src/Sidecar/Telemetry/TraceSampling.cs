using System.Globalization;
using Mesh.Policy;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// Whether a call gets a span, decided before there is one: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG as
/// OpenTelemetry defines them (default parentbased_always_on).
/// </summary>
internal sealed class TraceSampling
{
    /// <summary>No span is ever made: nobody would export it.</summary>
    public static readonly TraceSampling Off = new(isOff: true, followParent: false, ratio: 0);

    private readonly bool _followParent;
    private readonly double _ratio;

    private TraceSampling(bool isOff, bool followParent, double ratio)
    {
        IsOff = isOff;
        _followParent = followParent;
        _ratio = ratio;
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
            "always_off" => Off,
            "traceidratio" => new TraceSampling(false, followParent: false, ratio),
            "parentbased_always_off" => new TraceSampling(false, followParent: true, 0),
            "parentbased_traceidratio" => new TraceSampling(false, followParent: true, ratio),
            _ => new TraceSampling(false, followParent: true, 1),
        };
    }

    /// <param name="traceparent">The caller's (W3C Trace Context section 3.2), or empty.</param>
    /// <param name="random">Decides where a ratio does.</param>
    public bool ShouldSample(ReadOnlySpan<byte> traceparent, ref Rng random)
    {
        const int flagsAt = 53; // 00-<32>-<16>-: version, trace id and parent id come before
        if (_followParent && traceparent.Length >= flagsAt + 2)
        {
            // The lowest bit of two hex digits: "sampled".
            var digit = traceparent[flagsAt + 1];
            var value = digit <= (byte)'9' ? digit - '0' : digit - 'a' + 10;
            return (value & 1) != 0;
        }

        return _ratio >= 1 || (_ratio > 0 && random.NextDouble() < _ratio);
    }
}
