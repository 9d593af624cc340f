using Mesh.Policy.Limiting;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Turns what is said of adaptive limits into the options that the policy takes.</summary>
internal static class AdaptiveTranslation
{
    public static AdaptiveOptions? ToAdaptive(AdaptiveLimit? limit)
    {
        var defaults = new AdaptiveOptions();
        return limit is null ? null : new AdaptiveOptions
        {
            Min = limit.HasMinConcurrentRequests ? Int(limit.MinConcurrentRequests) : defaults.Min,
            Interval = limit.Interval is { } interval ? Durations.ToTimeSpan(interval) : defaults.Interval,
            Memory = limit.Memory is { } memory ? Durations.ToTimeSpan(memory) : defaults.Memory,
            TolerancePercent = limit.HasTolerancePercent ? Int(limit.TolerancePercent) : defaults.TolerancePercent,
        };
    }

    private static int Int(uint value) => (int)Math.Min(value, int.MaxValue);
}
