using System.Collections.Immutable;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Faults;
using Mesh.Policy.Hedging;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing.Answers;
using Mesh.Policy.Routing.Changes;

namespace Mesh.Policy.Routing;

/// <summary>What is done with the calls that match.</summary>
public sealed record RouteOptions
{
    /// <summary>For people and telemetry.</summary>
    public required string Name { get; init; }

    /// <summary>Which calls; default every one.</summary>
    public RouteMatchOptions Match { get; init; } = RouteMatchOptions.Any;

    /// <summary>Where they go, each with its share; default none, the service itself.</summary>
    public ImmutableArray<BackendOptions> Backends { get; init; } = [];

    /// <summary>
    /// What keeps a caller's calls at one of <see cref="Backends"/>: the first of these that a call has; default nothing, each goes by
    /// chance.
    /// </summary>
    public ImmutableArray<HashOptions> HashOn { get; init; } = [];

    /// <summary>The timeouts in force, those of the service merged in; default null, the service's.</summary>
    public TimeoutOptions? Timeouts { get; init; }

    /// <summary>Instead of the service's, as a whole; default null, the service's.</summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>How often its calls may be made, besides what the service allows; default no limits.</summary>
    public ImmutableArray<RateLimitOptions> RateLimits { get; init; } = [];

    /// <summary>Instead of the service's, as a whole; default null, the service's.</summary>
    public FaultOptions? Fault { get; init; }

    /// <summary>Instead of the service's, as a whole; default null, the service's.</summary>
    public HedgingOptions? Hedging { get; init; }

    /// <summary>Where copies of its calls go; default null, nowhere.</summary>
    public MirrorOptions? Mirror { get; init; }

    /// <summary>What is changed of its calls on their way; default null, nothing.</summary>
    public RewriteOptions? Rewrite { get; init; }

    /// <summary>Where its callers are told to go instead; default null.</summary>
    public RedirectOptions? Redirect { get; init; }

    /// <summary>What its calls are answered, instead of going anywhere; not together with <see cref="Redirect"/>. Default null.</summary>
    public DirectResponseOptions? DirectResponse { get; init; }
}
