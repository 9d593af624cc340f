using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether a retry policy is within its ranges, and its codes and methods exist in form.</summary>
internal static class RetryValidation
{
    private const uint MaxReplay = 16 * 1024 * 1024;
    private const int MaxMethods = 1000;

    public static void Check(Findings findings, string path, Retry? retry)
    {
        if (retry is null)
        {
            return;
        }

        findings.RangeIfGiven(path + ".max_attempts", retry.HasMaxAttempts, retry.MaxAttempts, 1, 10);
        StatusValidation.CheckCodes(findings, path + ".codes", retry.Codes);
        StatusValidation.CheckHttpStatuses(findings, path + ".http_statuses", retry.HttpStatuses);

        CheckMethods(findings, path + ".methods", retry.Methods);
        CheckBackoff(findings, path, retry);
        if (retry.Budget?.Percent is { } percent)
        {
            findings.Range(path + ".budget.percent", percent, 0, 1000);
        }

        if (retry.Budget?.MinPerSecond is { } perSecond)
        {
            findings.Range(path + ".budget.min_per_second", perSecond, 0, 100_000);
        }

        if (retry.ReplayLimitBytes is { } limit)
        {
            findings.Range(path + ".replay_limit_bytes", limit, 0, MaxReplay);
        }
    }

    /// <summary>gRPC methods by their paths.</summary>
    public static void CheckMethods(Findings findings, string path, IReadOnlyList<string> methods)
    {
        var count = findings.Count(path, methods.Count, MaxMethods);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            CheckMethod(findings, $"{path}[{i}]", methods[i]);
        }
    }

    private static void CheckMethod(Findings findings, string path, string method)
    {
        var parts = method.Split('/');
        if (parts.Length != 3 || parts[0].Length > 0 || parts[1].Length == 0 || method.Any(c => c <= ' ' || c > '~'))
        {
            findings.Add(
                path, $"{Names.Quote(method)} is no gRPC path; write /pkg.Service/Method, or /pkg.Service/ for all of it");
        }
    }

    private static void CheckBackoff(Findings findings, string path, Retry retry)
    {
        var longest = TimeSpan.FromHours(1);
        findings.Within(path + ".backoff_base", retry.BackoffBase, TimeSpan.Zero, longest);
        findings.Within(path + ".backoff_max", retry.BackoffMax, TimeSpan.Zero, longest);

        var options = PolicyTranslation.ToRetry(new Retry { BackoffBase = retry.BackoffBase, BackoffMax = retry.BackoffMax });
        if (options.BackoffBase <= options.BackoffMax)
        {
            return;
        }

        var (first, last) = (Durations.Show(options.BackoffBase), Durations.Show(options.BackoffMax));
        findings.Add(path + (retry.BackoffBase is null ? ".backoff_max" : ".backoff_base"), retry.BackoffBase is null
            ? $"{last} is shorter than backoff_base ({first}, the default)"
            : $"{first} is longer than backoff_max ({last}{(retry.BackoffMax is null ? ", the default" : "")})");
    }
}
