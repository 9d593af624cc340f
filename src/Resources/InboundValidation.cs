using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Whether a service's inbound config says what is possible: the ranges of config.proto.</summary>
public static class InboundValidation
{
    /// <summary>One line per fault, "orders: inbound.limits.max_pending_requests: 0 is not within 1 to 1000000"; none: valid.</summary>
    /// <param name="service">The service it configures.</param>
    /// <param name="inbound">The config; null is the default.</param>
    public static IReadOnlyList<string> Validate(string service, InboundConfig? inbound)
    {
        var findings = new Findings();
        findings.ServiceName("service", service);
        Check(findings, "inbound", inbound);
        return ConfigValidation.LinesOf(service, findings);
    }

    internal static void Check(Findings findings, string path, InboundConfig? inbound)
    {
        if (inbound is null)
        {
            return;
        }

        RateLimitValidation.Check(findings, path + ".rate_limits", inbound.RateLimits);
        PushValidation.Check(findings, path + ".push", inbound.Push);
        AuthorizationValidation.Check(findings, path + ".authorization", inbound.Authorization);
        if (inbound.Timeouts is { } timeouts)
        {
            findings.Within(path + ".timeouts.request", timeouts.Request, TimeSpan.Zero, null);
            findings.Within(path + ".timeouts.connect", timeouts.Connect, TimeoutsValidation.ShortestConnect, TimeoutsValidation.LongestConnect);
            findings.Within(path + ".timeouts.idle", timeouts.Idle, TimeSpan.Zero, null);
            TimeoutsValidation.CheckAge(findings, path + ".timeouts.max_stream_age", timeouts.MaxStreamAge);
            TimeoutsValidation.CheckAge(findings, path + ".timeouts.max_connection_age", timeouts.MaxConnectionAge);
        }

        if (inbound.Limits is { } limits)
        {
            const uint most = ConfigValidation.MaxLimit;
            findings.RangeIfGiven(path + ".limits.max_concurrent_requests", limits.HasMaxConcurrentRequests, limits.MaxConcurrentRequests, 1, most);
            findings.RangeIfGiven(path + ".limits.max_pending_requests", limits.HasMaxPendingRequests, limits.MaxPendingRequests, 1, most);
            AdaptiveValidation.Check(findings, path + ".limits", limits.Adaptive, PolicyTranslation.ToInbound(inbound).Limits.MaxConcurrentRequests);
        }
    }
}
