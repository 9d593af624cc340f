using System.Text;

namespace Mesh.Policy.Routing;

/// <summary>
/// A service's routes, compiled once when the snapshot is built: the first in order that matches a call wins. Those with an
/// exact path are found by its hash, however many there are; many prefixes by theirs, once for each length there is; regular
/// expressions one by one, and only as far as they come before what is found otherwise. Immutable, any thread, allocates nothing per call.
/// </summary>
public sealed class RouteTable
{
    /// <summary>No routes.</summary>
    public static readonly RouteTable Empty = new([]);

    /// <summary>Up to as many prefixes are compared one by one, which takes less than a few hashes.</summary>
    private const int MostScanned = 16;

    private readonly CompiledRoute[] _routes;
    private readonly RoutesByText _exact;
    private readonly RoutesByText _prefixes;

    // The lengths of the prefixes, and the routes that have them in order: one of the two is empty.
    private readonly int[] _prefixLengths = [];
    private readonly int[] _scanned = [];
    private readonly int[] _patterns;

    /// <summary>Compiles the routes; an index returned by a match is one into this list.</summary>
    public RouteTable(IReadOnlyList<RouteOptions> routes)
    {
        _routes = [.. routes.Select(route => new CompiledRoute(route.Match))];
        int[] all = [.. Enumerable.Range(0, routes.Count)];
        int[] prefixed = [.. all.Where(i => routes[i].Match is { Exact: null, Regex: null })];
        _patterns = [.. all.Where(i => _routes[i].Pattern is not null)];
        _exact = new RoutesByText(all.Where(i => routes[i].Match.Exact is not null), i => Encoding.UTF8.GetBytes(routes[i].Match.Exact!));
        if (prefixed.Length <= MostScanned)
        {
            _scanned = prefixed;
            prefixed = [];
        }

        _prefixes = new RoutesByText(prefixed, i => _routes[i].Prefix);
        _prefixLengths = [.. prefixed.Select(i => _routes[i].Prefix.Length).Distinct()];
    }

    /// <summary>How many routes there are.</summary>
    public int Count => _routes.Length;

    /// <summary>The first route that matches; -1 none.</summary>
    /// <param name="target">The path, with the query if there is one.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="headers">The request's headers.</param>
    public int Match<THeaders>(ReadOnlySpan<byte> target, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        if (_routes.Length == 0)
        {
            return -1;
        }

        var mark = target.IndexOf((byte)'?');
        var path = mark < 0 ? target : target[..mark];
        var query = mark < 0 ? default : target[(mark + 1)..];
        var first = First(_exact.Find(path), _routes.Length, query, method, in headers);
        foreach (var length in _prefixLengths)
        {
            if (length <= path.Length)
            {
                first = First(_prefixes.Find(path[..length]), first, query, method, in headers);
            }
        }

        foreach (var i in _scanned)
        {
            if (i >= first)
            {
                break;
            }

            if (path.StartsWith(_routes[i].Prefix) && _routes[i].MatchesRest(query, method, in headers))
            {
                first = i;
            }
        }

        foreach (var i in _patterns)
        {
            if (i >= first)
            {
                break;
            }

            if (_routes[i].MatchesRest(query, method, in headers) && _routes[i].Pattern!.IsMatch(path))
            {
                first = i;
            }
        }

        return first == _routes.Length ? -1 : first;
    }

    /// <summary>The first of these that matches and comes before another one; that one if none does.</summary>
    private int First<THeaders>(
        int[] candidates, int before, ReadOnlySpan<byte> query, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        foreach (var i in candidates)
        {
            if (i >= before)
            {
                break;
            }

            if (_routes[i].MatchesRest(query, method, in headers))
            {
                return i;
            }
        }

        return before;
    }
}
