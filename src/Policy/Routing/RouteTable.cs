using System.Text;

namespace Mesh.Policy.Routing;

/// <summary>
/// A service's routes, compiled once when the snapshot is built: the first in order that matches a call wins, and those
/// with an exact path are found by its hash, however many there are. Immutable, any thread, allocates nothing per call.
/// </summary>
public sealed class RouteTable
{
    /// <summary>No routes.</summary>
    public static readonly RouteTable Empty = new([]);

    private readonly CompiledRoute[] _routes;
    private readonly Dictionary<byte[], int[]> _exact = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int[]>.AlternateLookup<ReadOnlySpan<byte>> _exactLookup;

    // The routes without an exact path, in order.
    private readonly int[] _scanned;

    /// <summary>Compiles the routes; an index returned by a match is one into this list.</summary>
    public RouteTable(IReadOnlyList<RouteOptions> routes)
    {
        _routes = [.. routes.Select(route => new CompiledRoute(route.Match))];
        _scanned = [.. Enumerable.Range(0, routes.Count).Where(i => routes[i].Match.Exact is null)];
        foreach (var path in Enumerable.Range(0, routes.Count).GroupBy(i => routes[i].Match.Exact))
        {
            if (path.Key is not null)
            {
                _exact.Add(Encoding.UTF8.GetBytes(path.Key), [.. path]);
            }
        }

        _exactLookup = _exact.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How many routes there are.</summary>
    public int Count => _routes.Length;

    /// <summary>The first route that matches; -1 none.</summary>
    /// <param name="path">Without the query.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="headers">The request's headers.</param>
    public int Match<THeaders>(ReadOnlySpan<byte> path, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        if (_routes.Length == 0)
        {
            return -1;
        }

        var exact = FirstExact(path, method, in headers);
        foreach (var i in _scanned)
        {
            if (exact >= 0 && i > exact)
            {
                break;
            }

            if (path.StartsWith(_routes[i].Prefix) && _routes[i].MatchesRest(method, in headers))
            {
                return i;
            }
        }

        return exact;
    }

    private int FirstExact<THeaders>(ReadOnlySpan<byte> path, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        if (_exact.Count == 0 || !_exactLookup.TryGetValue(path, out var candidates))
        {
            return -1;
        }

        foreach (var i in candidates)
        {
            if (_routes[i].MatchesRest(method, in headers))
            {
                return i;
            }
        }

        return -1;
    }
}
