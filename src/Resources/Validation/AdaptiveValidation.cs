using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether an adaptive limit has room to move.</summary>
internal static class AdaptiveValidation
{
    /// <summary>Checks it.</summary>
    /// <param name="findings">Take what is wrong.</param>
    /// <param name="path">Of the limits that it belongs to.</param>
    /// <param name="limit">Null is none.</param>
    /// <param name="max">The limit that it stays below.</param>
    public static void Check(Findings findings, string path, AdaptiveLimit? limit, int max)
    {
        if (limit is null)
        {
            return;
        }

        path += ".adaptive";
        findings.RangeIfGiven(path + ".min_concurrent_requests", limit.HasMinConcurrentRequests, limit.MinConcurrentRequests, 1, ConfigValidation.MaxLimit);
        findings.Within(path + ".interval", limit.Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        findings.Within(path + ".memory", limit.Memory, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1));
        findings.RangeIfGiven(path + ".tolerance_percent", limit.HasTolerancePercent, limit.TolerancePercent, 0, 1000);
        if (AdaptiveTranslation.ToAdaptive(limit)!.Min is var min && min <= ConfigValidation.MaxLimit && min > max)
        {
            findings.Add(path + ".min_concurrent_requests", $"{min} is more than max_concurrent_requests ({max})");
        }
    }
}
