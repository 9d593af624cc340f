using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether what goes beside a call can be done, and does no harm that was not asked for.</summary>
internal static class CompanionValidation
{
    public static void Check(Findings findings, string path, Hedging? hedging)
    {
        if (hedging is null)
        {
            return;
        }

        findings.RangeIfGiven(path + ".max_attempts", hedging.HasMaxAttempts, hedging.MaxAttempts, 2, 3);
        if (hedging.Delay is null)
        {
            findings.Add(path + ".delay", "is missing; write how long an attempt is waited for, such as 50ms");
        }

        findings.Within(path + ".delay", hedging.Delay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        if (hedging.HasPercentile && hedging.Percentile is not (>= 50 and <= 99.9))
        {
            findings.Add(path + ".percentile", FormattableString.Invariant($"{hedging.Percentile} is not within 50 to 99.9"));
        }

        RetryValidation.CheckMethods(findings, path + ".methods", hedging.Methods);
    }

    public static void Check(Findings findings, string path, Mirror? mirror)
    {
        if (mirror is null)
        {
            return;
        }

        BackendValidation.CheckService(findings, path + ".service", mirror.Service);
        BackendValidation.CheckSubset(findings, path + ".subset", mirror.Subset);
        FaultValidation.CheckPercent(findings, path + ".percent", mirror.HasPercent, mirror.Percent);
        if (mirror.Service.Length == 0 && mirror.Subset is null)
        {
            findings.Add(path, "names nobody else, so that the same instances would do everything twice; give it a service or a subset");
        }
    }
}
