using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether faults made on purpose say what they are.</summary>
internal static class FaultValidation
{
    public static void Check(Findings findings, string path, Fault? fault)
    {
        if (fault?.Delay is { } delay)
        {
            if (delay.Duration is null)
            {
                findings.Add(path + ".delay.duration", "is missing; write how long the calls wait, such as 100ms");
            }

            findings.Within(path + ".delay.duration", delay.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
            CheckPercent(findings, path + ".delay.percent", delay.HasPercent, delay.Percent);
        }

        if (fault?.Abort is { } abort)
        {
            CheckStatus(findings, path + ".abort", abort);
            CheckPercent(findings, path + ".abort.percent", abort.HasPercent, abort.Percent);
        }
    }

    private static void CheckStatus(Findings findings, string path, FaultAbort abort)
    {
        switch (abort.StatusCase)
        {
            case FaultAbort.StatusOneofCase.Code:
                StatusValidation.CheckCode(findings, path + ".code", abort.Code);
                break;
            case FaultAbort.StatusOneofCase.HttpStatus:
                findings.Range(path + ".http_status", abort.HttpStatus, 200, 599);
                break;
            default:
                findings.Add(path, "says nothing to answer; write code, such as UNAVAILABLE, or http_status, such as 503");
                break;
        }
    }

    /// <summary>A share of the calls.</summary>
    public static void CheckPercent(Findings findings, string path, bool isGiven, double percent)
    {
        if (isGiven && percent is not (>= 0 and <= 100))
        {
            findings.Add(path, FormattableString.Invariant($"{percent} is not within 0 to 100"));
        }
    }
}
