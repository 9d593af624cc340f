using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Whether a service's config says what is possible: the ranges of config.proto, names, contradictions.</summary>
public static class ConfigValidation
{
    internal const uint MaxLimit = 1_000_000;

    /// <summary>One line per fault, "orders: config.retry.max_attempts: 11 is not within 1 to 10"; none: valid.</summary>
    /// <param name="service">The service it configures.</param>
    /// <param name="config">The config; null is the default.</param>
    public static IReadOnlyList<string> Validate(string service, ServiceConfig? config)
    {
        var findings = new Findings();
        findings.ServiceName("service", service);
        Check(findings, "config", config);
        return LinesOf(service, findings);
    }

    /// <summary>What is wrong with a resource of either kind, or of both.</summary>
    internal static IReadOnlyList<Finding> Check(ConfigResource resource)
    {
        var findings = new Findings();
        findings.ServiceName("service", resource.Service);
        Check(findings, "config", resource.Config);
        InboundValidation.Check(findings, "inbound", resource.Inbound);
        return findings.All;
    }

    /// <summary>A line each, with the service whose it is.</summary>
    internal static IReadOnlyList<string> LinesOf(string service, Findings findings)
    {
        var subject = service.Length == 0 ? "" : Names.Quote(service).Trim('\'') + ": ";
        return [.. findings.Lines.Select(line => subject + line)];
    }

    internal static void Check(Findings findings, string path, ServiceConfig? config)
    {
        if (config is null)
        {
            return;
        }

        BalancingValidation.Check(findings, path + ".balancing", config.Balancing);
        TimeoutsValidation.Check(findings, path + ".timeouts", config.Timeouts, new Timeouts());
        RetryValidation.Check(findings, path + ".retry", config.Retry);
        CheckBreaker(findings, path + ".breaker", config.Breaker);
        EjectionValidation.Check(findings, path + ".ejection", config.Ejection, config.Breaker);
        CheckLimits(findings, path + ".limits", config.Limits);
        RateLimitValidation.Check(findings, path + ".rate_limits", config.RateLimits);
        FaultValidation.Check(findings, path + ".fault", config.Fault);
        CompanionValidation.Check(findings, path + ".hedging", config.Hedging);
        RouteValidation.Check(findings, path + ".routes", config);
    }

    private static void CheckBreaker(Findings findings, string path, Breaker? breaker)
    {
        if (breaker is null)
        {
            return;
        }

        var longest = TimeSpan.FromHours(1);
        findings.RangeIfGiven(path + ".consecutive_failures", breaker.HasConsecutiveFailures, breaker.ConsecutiveFailures, 1, 1000);
        findings.RangeIfGiven(path + ".failure_rate", breaker.HasFailureRate, breaker.FailureRate, 1, 100);

        // What a window counts; see the sliding counter of Policy.
        findings.RangeIfGiven(path + ".min_requests", breaker.HasMinRequests, breaker.MinRequests, 1, 1_000_000);
        findings.Within(path + ".window", breaker.Window, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        findings.Within(path + ".open", breaker.Open, TimeSpan.FromMilliseconds(1), longest);
        findings.Within(path + ".max_open", breaker.MaxOpen, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        findings.RangeIfGiven(path + ".probes", breaker.HasProbes, breaker.Probes, 1, 100);
        findings.RangeIfGiven(path + ".max_ejection_percent", breaker.HasMaxEjectionPercent, breaker.MaxEjectionPercent, 0, 100);
        StatusValidation.CheckCodes(findings, path + ".codes", breaker.Codes);
        StatusValidation.CheckHttpStatuses(findings, path + ".http_statuses", breaker.HttpStatuses);

        var open = PolicyTranslation.ToBreaker(new Breaker { Open = breaker.Open }).Open;
        if (breaker.MaxOpen is { } max && Durations.ToTimeSpan(max) < open)
        {
            findings.Add(
                path + ".max_open", $"{Durations.Show(max)} is shorter than open ({Durations.Show(open)})");
        }
    }

    private static void CheckLimits(Findings findings, string path, Limits? limits)
    {
        if (limits is null)
        {
            return;
        }

        findings.RangeIfGiven(path + ".max_concurrent_requests", limits.HasMaxConcurrentRequests, limits.MaxConcurrentRequests, 1, MaxLimit);
        findings.RangeIfGiven(path + ".max_pending_requests", limits.HasMaxPendingRequests, limits.MaxPendingRequests, 1, MaxLimit);
        AdaptiveValidation.Check(findings, path, limits.Adaptive, PolicyTranslation.ToLimits(limits).MaxConcurrentRequests);
    }
}
