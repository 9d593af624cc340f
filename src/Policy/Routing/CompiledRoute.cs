using System.Text;

namespace Mesh.Policy.Routing;

/// <summary>A route's conditions as bytes. Immutable.</summary>
internal sealed class CompiledRoute(RouteMatchOptions match)
{
    private readonly byte[]? _method = match.HttpMethod is { Length: > 0 } method ? Encoding.UTF8.GetBytes(method) : null;
    private readonly CompiledHeader[] _headers = [.. match.Headers.Select(header => new CompiledHeader(header))];
    private readonly CompiledQuery[] _queries = [.. match.Query.Select(query => new CompiledQuery(query))];

    /// <summary>The beginning of the path; empty: any.</summary>
    public byte[] Prefix { get; } = Encoding.UTF8.GetBytes(match.Prefix ?? "");

    /// <summary>Of the whole path; null if there is none, or none can be made of what is given.</summary>
    public PathPattern? Pattern { get; } = match.Regex is { } regex && PathPattern.TryMake(regex, out var pattern, out _) ? pattern : null;

    /// <summary>Whether all but the path matches.</summary>
    public bool MatchesRest<THeaders>(ReadOnlySpan<byte> query, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        if (_method is not null && !method.SequenceEqual(_method))
        {
            return false;
        }

        foreach (var header in _headers)
        {
            if (!header.Matches(in headers))
            {
                return false;
            }
        }

        foreach (var parameter in _queries)
        {
            if (!parameter.Matches(query))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class CompiledHeader(HeaderMatchOptions match)
    {
        private readonly byte[] _name = Encoding.UTF8.GetBytes(match.Name);
        private readonly byte[] _value = Encoding.UTF8.GetBytes(match.Exact ?? match.Prefix ?? "");
        private readonly bool _whole = match.Exact is not null;
        private readonly bool _invert = match.Invert;

        // Presence is the empty prefix.
        public bool Matches<THeaders>(scoped in THeaders headers)
            where THeaders : IRouteHeaders, allows ref struct
            => (headers.TryGet(_name, out var value)
                && (_whole ? value.SequenceEqual(_value) : value.StartsWith(_value))) != _invert;
    }
}
