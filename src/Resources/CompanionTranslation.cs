using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>What goes beside a call, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class CompanionTranslation
{
    public static HedgingOptions? ToHedging(V1.Hedging? hedging) => hedging is null ? null : new()
    {
        MaxAttempts = hedging.HasMaxAttempts ? (int)Math.Min(hedging.MaxAttempts, 3) : 2,
        Delay = hedging.Delay is { } delay ? Durations.ToTimeSpan(delay) : TimeSpan.FromHours(1),
        Percentile = hedging.HasPercentile ? hedging.Percentile : null,
        Methods = new MethodSet(hedging.Methods),
    };

    public static MirrorOptions? ToMirror(Mirror? mirror) => mirror is null ? null : new()
    {
        Service = mirror.Service.Length > 0 ? mirror.Service : null,
        Subset = PolicyTranslation.ToSubset(mirror.Subset),
        Percent = mirror.HasPercent ? mirror.Percent : 100,
    };
}
