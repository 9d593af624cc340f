using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.V1;
using Route = Mesh.V1.Route;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// What of a service's config clients without a sidecar do not do, for those who apply it: a line a field, naming it by its path. What is only
/// another way to the same end, as a way of balancing, is one of them.
/// </summary>
internal static class WithoutEffect
{
    private const int Most = 20;

    public static IReadOnlyList<string> Of(string service, ServiceConfig config)
    {
        var policy = PolicyTranslation.ToPolicy(config);
        List<string> all =
        [
            .. OfBalancing("config.balancing", config.Balancing),
            .. OfTimeouts("config.timeouts", config.Timeouts),
            .. OfRetry("config.retry", config.Retry),
            .. OfBreaker("config.breaker", config.Breaker),
            .. Given("config.limits.max_pending_requests", config.Limits?.HasMaxPendingRequests ?? false),
            .. Given("config.limits.adaptive", config.Limits?.Adaptive is not null),
            .. Given("config.rate_limits", config.RateLimits.Count > 0),
            .. Given("config.fault.by_header", config.Fault?.ByHeader ?? false),
            .. Given("config.hedging", config.Hedging is not null),
            .. Given("config.ejection.success_rate", config.Ejection?.SuccessRate is not null),
            .. config.Routes.SelectMany((route, i) => OfRoute($"config.routes[{i}]", service, route, policy, i)),
        ];
        return all.Count <= Most
            ? [.. all.Select(line => $"{service}: {line}")]
            : [.. all.Take(Most).Select(line => $"{service}: {line}"), $"{service}: and {all.Count - Most} more"];
    }

    private static IEnumerable<string> Given(string path, bool isGiven) => isGiven ? [$"{path}: has no effect for clients without a sidecar"] : [];

    private static IEnumerable<string> OfBalancing(string path, Balancing? balancing)
    {
        if (balancing is null)
        {
            yield break;
        }

        if (balancing.Policy is Balancing.Types.Policy.RingHash or Balancing.Types.Policy.Maglev)
        {
            yield return $"{path}.policy: clients without a sidecar hash by a ring, of hash_on the headers only; C-core up to 1.51 and those unknown take each in turn";
        }
        else if (balancing.Policy is not (Balancing.Types.Policy.RoundRobin or Balancing.Types.Policy.Unspecified))
        {
            yield return $"{path}.policy: clients without a sidecar take each in turn";
        }

        foreach (var line in Given($"{path}.ewma_decay", balancing.EwmaDecay is not null)
            .Concat(Given($"{path}.slow_start", balancing.SlowStart is not null))
            .Concat(Given($"{path}.max_rest", balancing.MaxRest is not null))
            .Concat(Given($"{path}.subset_size", balancing.HasSubsetSize)))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> OfTimeouts(string path, Timeouts? timeouts) =>
    [
        .. Given($"{path}.per_try", timeouts?.PerTry is not null),
        .. Given($"{path}.connect", timeouts?.Connect is not null),
        .. Given($"{path}.idle", timeouts?.Idle is not null),
        .. timeouts?.Request is { } request && (request.Seconds > 0 || request.Nanos > 0)
            ? [$"{path}.request: C-core without a sidecar ends calls up to 2 s later"] : Array.Empty<string>(),
    ];

    private static IEnumerable<string> OfRetry(string path, Retry? retry)
    {
        if (retry is null)
        {
            return [];
        }

        var codes = PolicyTranslation.ToPolicy(new ServiceConfig { Retry = retry }).Retry.RetriableCodes;
        return
        [
            .. (codes & ~RetryMapping.Sayable) != 0 ? [$"{path}.codes: clients without a sidecar try CANCELLED, DEADLINE_EXCEEDED, INTERNAL, RESOURCE_EXHAUSTED and UNAVAILABLE again, and no others"] : Array.Empty<string>(),
            .. retry.HasMaxAttempts && retry.MaxAttempts > RetryMapping.MostAttempts ? [$"{path}.max_attempts: clients without a sidecar make {RetryMapping.MostAttempts} at most"] : Array.Empty<string>(),
            .. Given($"{path}.http_statuses", retry.HttpStatuses.Count > 0),
            .. Given($"{path}.budget", retry.Budget is not null),
            .. Given($"{path}.replay_limit_bytes", retry.ReplayLimitBytes is not null),
        ];
    }

    private static IEnumerable<string> OfBreaker(string path, Breaker? breaker) =>
    [
        .. Given($"{path}.consecutive_failures", breaker is { Disabled: false, HasConsecutiveFailures: true }),
        .. Given($"{path}.probes", breaker?.HasProbes ?? false),
        .. Given($"{path}.codes", breaker?.Codes.Count > 0),
    ];

    private static IEnumerable<string> OfRoute(string path, string service, Route route, ServicePolicyOptions policy, int index)
    {
        string? unsayable = null;
        try
        {
            _ = RouteMapping.Of(service, policy.Routes[index], policy, ClientClass.Other);
        }
        catch (UnsayableException why)
        {
            unsayable = $"{path}: is left out for clients without a sidecar: {why.Field} {why.Why}";
        }

        return
        [
            .. unsayable is null ? Array.Empty<string>() : [unsayable],
            .. route.Match?.Source is { Version.Length: > 0 } ? [$"{path}: is left out for clients without a sidecar: match.source.version is not known of them"] : Array.Empty<string>(),
            .. OfTimeouts($"{path}.timeouts", route.Timeouts),
            .. OfRetry($"{path}.retry", route.Retry),
            .. Given($"{path}.rate_limits", route.RateLimits.Count > 0),
            .. Given($"{path}.fault.by_header", route.Fault?.ByHeader ?? false),
            .. Given($"{path}.hedging", route.Hedging is not null),
            .. Given($"{path}.mirror", route.Mirror is not null),
            .. Given($"{path}.rewrite", route.Rewrite is not null),
            .. Given($"{path}.hash_on", route.HashOn.Count > 0),
        ];
    }
}
