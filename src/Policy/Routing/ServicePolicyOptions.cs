using System.Collections.Immutable;
using Mesh.Policy.Authorization;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Faults;
using Mesh.Policy.Hedging;
using Mesh.Policy.Limiting;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Retrying;

namespace Mesh.Policy.Routing;

/// <summary>How callers treat a service: everything its config resource says, with the defaults filled in.</summary>
public sealed record ServicePolicyOptions
{
    /// <summary>The policy of a service without a resource.</summary>
    public static readonly ServicePolicyOptions Default = new();

    /// <summary>
    /// How the sidecar beside an instance calls its app where no inbound resource says otherwise: no breaker, since there is no other to
    /// turn to, and limits that only keep a process from drowning.
    /// </summary>
    public static readonly ServicePolicyOptions InboundDefault = new()
    {
        Breaker = new BreakerOptions { Enabled = false },
        Timeouts = TimeoutOptions.Default with { SendsHopeless = true }, // its callers' sidecars have decided
        Limits = new LimitOptions { MaxConcurrentRequests = 1_000_000, MaxPendingRequests = 100_000 },
    };

    /// <summary>Which calls are let in: only of what comes in.</summary>
    public AuthorizationOptions Authorization { get; init; } = AuthorizationOptions.None;

    /// <summary>How an endpoint is picked.</summary>
    public BalancingOptions Balancing { get; init; } = BalancingOptions.Default;

    /// <summary>How long things may take, unless a route says otherwise.</summary>
    public TimeoutOptions Timeouts { get; init; } = TimeoutOptions.Default;

    /// <summary>When a failed attempt is tried again, unless a route says otherwise.</summary>
    public RetryOptions Retry { get; init; } = RetryOptions.Default;

    /// <summary>When an endpoint is left alone after failures.</summary>
    public BreakerOptions Breaker { get; init; } = BreakerOptions.Default;

    /// <summary>When an endpoint is left alone since it does worse than the others; default null, never.</summary>
    public EjectionOptions? Ejection { get; init; }

    /// <summary>How much may be under way at once.</summary>
    public LimitOptions Limits { get; init; } = LimitOptions.Default;

    /// <summary>How often it may be called, whichever route its calls take; default no limits.</summary>
    public ImmutableArray<RateLimitOptions> RateLimits { get; init; } = [];

    /// <summary>What is done to calls on purpose, unless a route says otherwise; default nothing.</summary>
    public FaultOptions Fault { get; init; } = FaultOptions.None;

    /// <summary>When a call is sent to another endpoint as well, unless a route says otherwise; default null, never.</summary>
    public HedgingOptions? Hedging { get; init; }

    /// <summary>The first that matches decides; without a match the above holds.</summary>
    public ImmutableArray<RouteOptions> Routes { get; init; } = [];

    /// <summary>The same as one caller goes by it: without the routes of others. Itself if there are none.</summary>
    /// <param name="service">Who calls; empty if it does not say.</param>
    /// <param name="version">What it runs; empty if it does not say.</param>
    public ServicePolicyOptions For(string service, string version)
    {
        bool isOurs(RouteOptions route) => route.Match.Source?.Matches(service, version) ?? true;
        return Routes.All(isOurs) ? this : this with { Routes = [.. Routes.Where(isOurs)] };
    }

    /// <summary>The services that its routes name, some perhaps more than once.</summary>
    public IEnumerable<string> Targets => Routes
        .SelectMany(route => route.Backends.Select(backend => backend.Service).Append(route.Mirror?.Service))
        .OfType<string>();
}
