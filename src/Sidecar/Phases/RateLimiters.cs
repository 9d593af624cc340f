using Mesh.Policy.RateLimiting;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// A service's rate limiters, which last longer than a snapshot: a limit that stays as it is keeps its buckets, whatever else changes.
/// Immutable, but for the buckets.
/// </summary>
internal sealed class RateLimiters
{
    /// <summary>No limits.</summary>
    public static readonly RateLimiters None = new(ServicePolicyOptions.Default, []);

    private readonly ServicePolicyOptions _policy;
    private readonly Dictionary<(string? Route, int Index), RateLimiter> _all;

    private RateLimiters(ServicePolicyOptions policy, Dictionary<(string? Route, int Index), RateLimiter> all)
    {
        _policy = policy;
        _all = all;
        Shared = [.. all.Where(one => one.Value.Share is not null).Select(one => (one.Key.Route ?? "", one.Key.Index, one.Value))];
    }

    /// <summary>As a policy has them.</summary>
    /// <param name="policy">In force from now on.</param>
    /// <param name="now">In the loops' ticks.</param>
    public RateLimiters Follow(ServicePolicyOptions policy, long now)
    {
        if (ReferenceEquals(policy, _policy))
        {
            return this;
        }

        var all = new Dictionary<(string?, int), RateLimiter>();
        AddAll(null, policy.RateLimits);
        foreach (var route in policy.Routes)
        {
            AddAll(route.Name, route.RateLimits);
        }

        return new RateLimiters(policy, all);

        void AddAll(string? route, IReadOnlyList<RateLimitOptions> limits)
        {
            for (var i = 0; i < limits.Count; i++)
            {
                all[(route, i)] = _all.TryGetValue((route, i), out var known) && known.Options == limits[i] ? known : new RateLimiter(limits[i], now, known);
            }
        }
    }

    /// <summary>Those that are parts of a limit that others share, with their places.</summary>
    public IReadOnlyList<(string Route, int Index, RateLimiter Limiter)> Shared { get; }

    /// <summary>What a call passes that takes a route: the service's limits, then the route's own.</summary>
    /// <param name="route">Its name; null for calls that no route matches.</param>
    public IEnumerable<RateLimiter> Of(string? route)
    {
        foreach (var place in route is null ? [null] : (string?[])[null, route])
        {
            for (var i = 0; _all.TryGetValue((place, i), out var limiter); i++)
            {
                yield return limiter;
            }
        }
    }
}
