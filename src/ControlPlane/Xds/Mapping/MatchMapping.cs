using System.Collections.Immutable;
using Mesh.Policy.Routing;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>Which calls a route takes, in the words that all clients have.</summary>
internal static class MatchMapping
{
    // gRPC calls are made with it.
    private const string CallsMethod = "POST";

    // Each header that must not be so takes two routes.
    private const int MostInverted = 4;

    /// <summary>One or several matches that together are the route's.</summary>
    /// <returns>None if no call of gRPC meets it.</returns>
    /// <exception cref="UnsayableException">Clients cannot be told.</exception>
    public static IReadOnlyList<Envoy.RouteMatch> Of(RouteMatchOptions match)
    {
        if ((match.HttpMethod is { } method && method != CallsMethod) || !match.Query.IsEmpty)
        {
            return [];
        }

        var path = PathOf(match);
        return [.. Headers(match.Headers).Select(headers => With(path, headers))];
    }

    /// <summary>Every call's.</summary>
    public static Envoy.RouteMatch All() => new() { Prefix = "/" };

    private static Envoy.RouteMatch PathOf(RouteMatchOptions match)
    {
        if (match.Regex is { } regex)
        {
            return PatternSubset.Holds(regex)
                ? new() { SafeRegex = new() { GoogleRe2 = new(), Regex = $"(?:{regex})" } }
                : throw new UnsayableException("path_regex", "has what the regular expressions of other languages do not have, or have otherwise");
        }

        return match.Exact is { } exact ? new() { Path = exact } : match.Prefix is { } prefix ? new() { Prefix = prefix } : All();
    }

    private static IEnumerable<ImmutableArray<Envoy.HeaderMatcher>> Headers(ImmutableArray<HeaderMatchOptions> headers)
    {
        if (headers.Count(IsTwofold) > MostInverted)
        {
            throw new UnsayableException("headers", $"has more than {MostInverted} that are inverted");
        }

        IEnumerable<ImmutableArray<Envoy.HeaderMatcher>> all = [[]];
        foreach (var header in headers)
        {
            all = [.. from before in all from one in Of(header) select before.Add(one)];
        }

        return all;
    }

    // A header that is not there has no other value to some: that it is not there is a match of its own.
    private static IEnumerable<Envoy.HeaderMatcher> Of(HeaderMatchOptions header)
    {
        if (IsTwofold(header))
        {
            yield return new() { Name = header.Name, PresentMatch = true, InvertMatch = true };
        }

        yield return header switch
        {
            { Exact: { } exact } => new() { Name = header.Name, ExactMatch = exact, InvertMatch = header.Invert },
            { Prefix: { Length: > 0 } prefix } => new() { Name = header.Name, PrefixMatch = prefix, InvertMatch = header.Invert },
            _ => new() { Name = header.Name, PresentMatch = true, InvertMatch = header.Invert },
        };
    }

    private static bool IsTwofold(HeaderMatchOptions header) => header.Invert && (header.Exact is not null || header.Prefix is { Length: > 0 });

    private static Envoy.RouteMatch With(Envoy.RouteMatch path, ImmutableArray<Envoy.HeaderMatcher> headers)
    {
        var match = path.Clone();
        match.Headers.Add(headers);
        return match;
    }
}
