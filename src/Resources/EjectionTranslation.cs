using Mesh.Policy.Ejecting;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Turns what is said of outliers into the options that the policy takes.</summary>
internal static class EjectionTranslation
{
    public static EjectionOptions? ToEjection(Ejection? ejection)
    {
        if (ejection is null)
        {
            return null;
        }

        var defaults = new EjectionOptions();
        var baseTime = ejection.BaseTime is { } time ? Durations.ToTimeSpan(time) : defaults.BaseTime;
        return new EjectionOptions
        {
            Interval = ejection.Interval is { } interval ? Durations.ToTimeSpan(interval) : defaults.Interval,
            BaseTime = baseTime,
            MaxTime = ejection.MaxTime is { } most ? Durations.ToTimeSpan(most) : baseTime > defaults.MaxTime ? baseTime : defaults.MaxTime,
            SuccessRate = ToSuccessRate(ejection.SuccessRate),
            FailurePercentage = ToFailurePercentage(ejection.FailurePercentage),
        };
    }

    private static SuccessRateOptions? ToSuccessRate(SuccessRateEjection? rate)
    {
        var defaults = new SuccessRateOptions();
        return rate is null ? null : new SuccessRateOptions(
            rate.HasStdevFactor ? rate.StdevFactor : defaults.StdevFactor,
            rate.HasMinHosts ? Int(rate.MinHosts) : defaults.MinHosts,
            rate.HasRequestVolume ? Int(rate.RequestVolume) : defaults.RequestVolume);
    }

    private static FailurePercentageOptions? ToFailurePercentage(FailurePercentageEjection? failures)
    {
        var defaults = new FailurePercentageOptions();
        return failures is null ? null : new FailurePercentageOptions(
            failures.HasThreshold ? Int(failures.Threshold) : defaults.Threshold,
            failures.HasMinHosts ? Int(failures.MinHosts) : defaults.MinHosts,
            failures.HasRequestVolume ? Int(failures.RequestVolume) : defaults.RequestVolume);
    }

    private static int Int(uint value) => (int)Math.Min(value, int.MaxValue);
}
