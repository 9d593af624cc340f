using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether outliers can be found as is asked for.</summary>
internal static class EjectionValidation
{
    private const uint MostHosts = 10_000;

    public static void Check(Findings findings, string path, Ejection? ejection, Breaker? breaker)
    {
        if (ejection is null)
        {
            return;
        }

        var second = TimeSpan.FromSeconds(1);
        findings.Within(path + ".interval", ejection.Interval, second, TimeSpan.FromMinutes(10));
        findings.Within(path + ".base_time", ejection.BaseTime, second, TimeSpan.FromHours(1));
        findings.Within(path + ".max_time", ejection.MaxTime, second, TimeSpan.FromDays(1));
        if (ejection.MaxTime is { } most && EjectionTranslation.ToEjection(new Ejection { BaseTime = ejection.BaseTime })!.BaseTime is var first
            && Durations.ToTimeSpan(most) < first)
        {
            findings.Add(path + ".max_time", $"{Durations.Show(most)} is shorter than base_time ({Durations.Show(first)})");
        }

        if (ejection.SuccessRate is { } rate)
        {
            if (rate is { HasStdevFactor: true, StdevFactor: not (>= 0.1 and <= 10) })
            {
                findings.Add(path + ".success_rate.stdev_factor", FormattableString.Invariant($"{rate.StdevFactor} is not within 0.1 to 10"));
            }

            findings.RangeIfGiven(path + ".success_rate.min_hosts", rate.HasMinHosts, rate.MinHosts, 2, MostHosts);
            findings.RangeIfGiven(path + ".success_rate.request_volume", rate.HasRequestVolume, rate.RequestVolume, 1, ConfigValidation.MaxLimit);
        }

        if (ejection.FailurePercentage is { } failures)
        {
            findings.RangeIfGiven(path + ".failure_percentage.threshold", failures.HasThreshold, failures.Threshold, 1, 99);
            findings.RangeIfGiven(path + ".failure_percentage.min_hosts", failures.HasMinHosts, failures.MinHosts, 1, MostHosts);
            findings.RangeIfGiven(path + ".failure_percentage.request_volume", failures.HasRequestVolume, failures.RequestVolume, 1, ConfigValidation.MaxLimit);
        }

        if (ejection is { SuccessRate: null, FailurePercentage: null })
        {
            findings.Add(path, "has no effect: it says nothing of who is ejected; give success_rate: {} or failure_percentage: {}");
        }
        else if (breaker is { HasMaxEjectionPercent: true, MaxEjectionPercent: 0 })
        {
            findings.Add(path, "has no effect: breaker.max_ejection_percent is 0; give a share of the endpoints, or leave it out");
        }
    }
}
