using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Mesh.Policy.RateLimiting;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Rate limits as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class RateLimitTranslation
{
    public static ImmutableArray<RateLimitOptions> ToRateLimits(RepeatedField<RateLimit> limits) =>
        limits.Count == 0 ? ImmutableArray<RateLimitOptions>.Empty : [.. limits.Select(ToRateLimit)];

    private static RateLimitOptions ToRateLimit(RateLimit limit) => new()
    {
        Requests = Int(limit.Requests),
        Per = limit.Per is null ? TimeSpan.FromSeconds(1) : Durations.ToTimeSpan(limit.Per),
        Burst = limit.HasBurst ? Int(limit.Burst) : null,
        ByHeader = limit.ByHeader.Length > 0 ? limit.ByHeader : null,
        BySourceAddress = limit.BySourceAddress,
        MaxKeys = limit.HasMaxKeys ? Int(limit.MaxKeys) : RateLimitOptions.DefaultMaxKeys,
        IsShared = limit.Shared,
    };

    private static int Int(uint value) => (int)Math.Min(value, int.MaxValue);
}
