using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Limiting;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>
/// Turns a service's config message into the options that the policies take, with every default filled in. Takes valid
/// messages (<see cref="ConfigValidation"/>); of others it makes something, and never throws.
/// </summary>
public static class PolicyTranslation
{
    /// <summary>The options; of null, the defaults.</summary>
    public static ServicePolicyOptions ToPolicy(ServiceConfig? config)
    {
        if (config is null)
        {
            return ServicePolicyOptions.Default;
        }

        var timeouts = ToTimeouts(config.Timeouts, null);
        return new ServicePolicyOptions
        {
            Balancing = ToBalancing(config.Balancing),
            Timeouts = timeouts,
            Retry = ToRetry(config.Retry),
            Breaker = ToBreaker(config.Breaker),
            Ejection = EjectionTranslation.ToEjection(config.Ejection),
            Limits = ToLimits(config.Limits),
            RateLimits = RateLimitTranslation.ToRateLimits(config.RateLimits),
            Fault = FaultTranslation.ToFault(config.Fault),
            Hedging = CompanionTranslation.ToHedging(config.Hedging),
            Routes = [.. config.Routes.Select((route, i) => ToRoute(route, i, timeouts))],
        };
    }

    /// <summary>How the sidecar beside a service calls the app: the options; of null, the defaults.</summary>
    public static ServicePolicyOptions ToInbound(InboundConfig? config)
    {
        var defaults = ServicePolicyOptions.InboundDefault;
        return config is null ? defaults : defaults with
        {
            Timeouts = ToTimeouts(
                new Timeouts
                {
                    Request = config.Timeouts?.Request,
                    Connect = config.Timeouts?.Connect,
                    Idle = config.Timeouts?.Idle,
                    MaxStreamAge = config.Timeouts?.MaxStreamAge,
                },
                defaults.Timeouts) with
            { MaxConnectionAge = OrNone(config.Timeouts?.MaxConnectionAge, null) },
            Limits = config.Limits is not { } limits ? defaults.Limits : new LimitOptions
            {
                MaxConcurrentRequests = Or(limits.HasMaxConcurrentRequests, limits.MaxConcurrentRequests, defaults.Limits.MaxConcurrentRequests),
                MaxPendingRequests = Or(limits.HasMaxPendingRequests, limits.MaxPendingRequests, defaults.Limits.MaxPendingRequests),
                Adaptive = AdaptiveTranslation.ToAdaptive(limits.Adaptive),
            },
            RateLimits = RateLimitTranslation.ToRateLimits(config.RateLimits),
            Authorization = AuthorizationTranslation.ToAuthorization(config.Authorization),
        };
    }

    internal static string NameOf(Route route, int index)
        => route.Name.Length > 0 ? route.Name : string.Create(CultureInfo.InvariantCulture, $"route-{index + 1}");

    /// <summary>Field by field: what is given, otherwise the fallback's, otherwise the default.</summary>
    internal static TimeoutOptions ToTimeouts(Timeouts? timeouts, TimeoutOptions? fallback)
    {
        fallback ??= TimeoutOptions.Default;
        return timeouts is null ? fallback : new TimeoutOptions
        {
            Request = OrNone(timeouts.Request, fallback.Request),
            PerTry = OrNone(timeouts.PerTry, fallback.PerTry),
            Connect = Or(timeouts.Connect, fallback.Connect ?? TimeoutOptions.Default.Connect!.Value),
            Idle = OrNone(timeouts.Idle, fallback.Idle),
            MaxStreamAge = OrNone(timeouts.MaxStreamAge, fallback.MaxStreamAge),
            SendsHopeless = timeouts.HasSendHopeless ? timeouts.SendHopeless : fallback.SendsHopeless,
            // Whoever says how long a stream may be silent, for ever included, has said so of its request, too.
            SilentRequest = timeouts.Idle is null ? fallback.SilentRequest : null,
        };
    }

    internal static RetryOptions ToRetry(Retry? retry)
    {
        var defaults = RetryOptions.Default;
        return retry is null ? defaults : new RetryOptions
        {
            MaxAttempts = Or(retry.HasMaxAttempts, retry.MaxAttempts, defaults.MaxAttempts),
            RetriableCodes = CodesOf(retry.Codes),
            HttpStatuses = new HttpStatusSet(retry.HttpStatuses.Select(Int)),
            BackoffBase = Or(retry.BackoffBase, defaults.BackoffBase),
            BackoffMax = Or(retry.BackoffMax, defaults.BackoffMax),
            ReplayLimitBytes = Int(retry.ReplayLimitBytes ?? (uint)defaults.ReplayLimitBytes),
            Methods = retry.Methods.Count == 0 ? MethodSet.All : new MethodSet(retry.Methods),
            BudgetPercent = Int(retry.Budget?.Percent ?? (uint)defaults.BudgetPercent),
            BudgetMinPerSecond = Int(retry.Budget?.MinPerSecond ?? (uint)defaults.BudgetMinPerSecond),
        };
    }

    internal static BreakerOptions ToBreaker(Breaker? breaker)
    {
        var defaults = BreakerOptions.Default;
        if (breaker is null)
        {
            return defaults;
        }

        var open = Or(breaker.Open, defaults.Open);
        return new BreakerOptions
        {
            Enabled = !breaker.Disabled,
            ConsecutiveFailures = Or(breaker.HasConsecutiveFailures, breaker.ConsecutiveFailures, defaults.ConsecutiveFailures),
            FailureRatePercent = Int(breaker.FailureRate),
            MinRequests = Or(breaker.HasMinRequests, breaker.MinRequests, defaults.MinRequests),
            Window = Or(breaker.Window, defaults.Window),
            Open = open,

            // Who only sets a long open time does not mean it to be cut by the default.
            MaxOpen = Or(breaker.MaxOpen, open > defaults.MaxOpen ? open : defaults.MaxOpen),
            Probes = Or(breaker.HasProbes, breaker.Probes, defaults.Probes),
            MaxEjectionPercent = Or(breaker.HasMaxEjectionPercent, breaker.MaxEjectionPercent, defaults.MaxEjectionPercent),
            Codes = defaults.Codes | CodesOf(breaker.Codes),
            HttpStatuses = defaults.HttpStatuses.And(new HttpStatusSet(breaker.HttpStatuses.Select(Int))),
        };
    }

    private static BalancingOptions ToBalancing(Balancing? balancing)
    {
        var defaults = BalancingOptions.Default;
        return balancing is null ? defaults : new BalancingOptions
        {
            Kind = balancing.Policy switch
            {
                Balancing.Types.Policy.RoundRobin => BalancerKind.RoundRobin,
                Balancing.Types.Policy.Random => BalancerKind.Random,
                Balancing.Types.Policy.LeastRequest => BalancerKind.LeastRequest,
                Balancing.Types.Policy.LeastConnections => BalancerKind.LeastConnections,
                Balancing.Types.Policy.RingHash => BalancerKind.RingHash,
                Balancing.Types.Policy.Maglev => BalancerKind.Maglev,
                _ => BalancerKind.PeakEwma,
            },
            EwmaDecay = Or(balancing.EwmaDecay, defaults.EwmaDecay),
            SubsetSize = Or(balancing.HasSubsetSize, balancing.SubsetSize, defaults.SubsetSize),
            Locality = balancing.Prefer switch
            {
                Balancing.Types.LocalityPreference.Region => LocalityPreference.Region,
                Balancing.Types.LocalityPreference.Zone => LocalityPreference.Zone,
                _ => LocalityPreference.Any,
            },
            MaxRest = Or(balancing.MaxRest, defaults.MaxRest),
            SlowStart = balancing.SlowStart is not { } start ? defaults.SlowStart : new Policy.Balancing.SlowStart(
                Or(start.Window, TimeSpan.Zero), Or(start.HasMinWeightPercent, start.MinWeightPercent, defaults.SlowStart.MinWeightPercent)),
            HashOn = balancing.HashOn.Count == 0 ? defaults.HashOn : [.. balancing.HashOn.Select(ToHash)],
            PanicThresholdPercent = Int(balancing.PanicThreshold ?? (uint)defaults.PanicThresholdPercent),
        };
    }

    private static HashOptions ToHash(HashOn source) => source.SourceCase switch
    {
        HashOn.SourceOneofCase.Header => new(HashSource.Header, source.Header),
        HashOn.SourceOneofCase.Cookie => new(HashSource.Cookie, source.Cookie),
        HashOn.SourceOneofCase.SourceAddress => new(HashSource.SourceAddress),
        _ => new(HashSource.Path),
    };

    internal static LimitOptions ToLimits(Limits? limits)
    {
        var defaults = LimitOptions.Default;
        return limits is null ? defaults : new LimitOptions
        {
            MaxConcurrentRequests = Or(limits.HasMaxConcurrentRequests, limits.MaxConcurrentRequests, defaults.MaxConcurrentRequests),
            MaxPendingRequests = Or(limits.HasMaxPendingRequests, limits.MaxPendingRequests, defaults.MaxPendingRequests),
            Adaptive = AdaptiveTranslation.ToAdaptive(limits.Adaptive),
        };
    }

    private static RouteOptions ToRoute(Route route, int index, TimeoutOptions timeouts) => new()
    {
        Name = NameOf(route, index),
        Match = MatchTranslation.ToMatch(route.Match),
        Backends = route.AnswerCase == Route.AnswerOneofCase.None ? ToBackends(route) : [],
        HashOn = [.. route.HashOn.Select(ToHash)],
        Timeouts = route.Timeouts is null ? null : ToTimeouts(route.Timeouts, timeouts),
        Retry = route.Retry is null ? null : ToRetry(route.Retry),
        RateLimits = RateLimitTranslation.ToRateLimits(route.RateLimits),
        Fault = route.Fault is null ? null : FaultTranslation.ToFault(route.Fault),
        Hedging = CompanionTranslation.ToHedging(route.Hedging),
        Mirror = route.AnswerCase == Route.AnswerOneofCase.None ? CompanionTranslation.ToMirror(route.Mirror) : null,
        Rewrite = ChangeTranslation.ToRewrite(route.Rewrite),
        Redirect = AnswerTranslation.ToRedirect(route.Redirect),
        DirectResponse = AnswerTranslation.ToDirectResponse(route.DirectResponse),
    };

    private static ImmutableArray<BackendOptions> ToBackends(Route route)
    {
        if (route.Backends.Count > 0)
        {
            return [.. route.Backends.Select(backend =>
                ToBackend(backend.Service, backend.Subset, backend.Fallbacks, backend.HasWeight ? Int(backend.Weight) : 1))];
        }

        return route.Service.Length == 0 && route.Subset is null ? [] : [ToBackend(route.Service, route.Subset, route.Fallbacks, weight: 1)];
    }

    private static BackendOptions ToBackend(string service, Subset? subset, IEnumerable<Subset> fallbacks, int weight) => new()
    {
        Service = service.Length > 0 ? service : null,
        Subset = ToSubset(subset),
        Fallbacks = [.. fallbacks.Select(ToSubset)],
        Weight = weight,
    };

    internal static EndpointSubset ToSubset(Subset? subset) =>
        subset is null ? EndpointSubset.All : new EndpointSubset(subset.Version, subset.Metadata);

    private static uint CodesOf(IEnumerable<string> names)
    {
        uint codes = 0;
        foreach (var name in names)
        {
            if (GrpcStatus.TryParse(name, out var code))
            {
                codes |= 1u << code;
            }
        }

        return codes;
    }

    private static int Or(bool isGiven, uint value, int whenAbsent) => isGiven ? Int(value) : whenAbsent;

    private static TimeSpan Or(Duration? value, TimeSpan whenAbsent)
        => value is null ? whenAbsent : Durations.ToTimeSpan(value);

    private static TimeSpan? OrNone(Duration? value, TimeSpan? whenAbsent)
    {
        if (value is null)
        {
            return whenAbsent;
        }

        var span = Durations.ToTimeSpan(value);
        return span > TimeSpan.Zero ? span : null;
    }

    private static int Int(uint value) => (int)Math.Min(value, int.MaxValue);
}
