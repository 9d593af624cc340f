using System.Text.RegularExpressions;
using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>Which calls a rule is for, in our words, and how soon its turn is: the most specific goes first there, and the first one here.</summary>
/// <param name="Match">Ours.</param>
/// <param name="IsExact">It names the whole path.</param>
/// <param name="PathLength">Of the path that it names.</param>
internal sealed record GatewayMatch(RouteMatch Match, bool IsExact, int PathLength)
{
    /// <summary>It is the path alone of a prefix of theirs, which becomes two matches.</summary>
    public bool IsHalf { get; private init; }

    /// <summary>Its path is a regular expression.</summary>
    public bool IsPattern => Match.HasPathRegex;

    private const string LeftOut = "is not carried over, and neither is its match, which would be for other calls without it";

    /// <summary>Those of a rule; a match may become two. One that cannot be said here is left out, and told of.</summary>
    public static IEnumerable<GatewayMatch> Of(GatewayObject rule, bool isGrpc)
    {
        var matches = rule.Objects("matches");
        return matches.Count == 0 ? [new GatewayMatch(new RouteMatch(), false, 0)] : matches.SelectMany(match => Of(match, isGrpc, match));
    }

    private static IEnumerable<GatewayMatch> Of(GatewayObject match, bool isGrpc, GatewayObject whole)
    {
        var (headers, isWhole) = Headers(match);
        var paths = isGrpc ? GrpcPaths(match) : HttpPaths(match);
        var method = isGrpc ? null : match.Text("method");
        var query = isGrpc ? [] : Query(match);
        whole.LoseRest();
        foreach (var path in isWhole && query is not null ? paths : [])
        {
            var made = new RouteMatch { HttpMethod = method ?? "" };
            path.Set(made);
            made.Headers.Add(headers);
            made.Query.Add(query);
            yield return new GatewayMatch(made, path.Kind == PathKind.Exact, path.Text.TrimEnd('/').Length) { IsHalf = path.Kind == PathKind.PrefixAlone };
        }
    }

    /// <returns>Null if one of them cannot be said here.</returns>
    private static List<QueryMatch>? Query(GatewayObject match)
    {
        List<QueryMatch>? parameters = [];
        foreach (var parameter in match.Objects("queryParams"))
        {
            if (parameter.Text("type") is not (null or "Exact"))
            {
                parameter.Lose("type", LeftOut);
                parameters = null;
                continue;
            }

            parameters?.Add(new QueryMatch { Name = parameter.Text("name") ?? "", Exact = parameter.Text("value") ?? "" });
            parameter.LoseRest();
        }

        return parameters;
    }

    private static (List<HeaderMatch> Headers, bool IsWhole) Headers(GatewayObject match)
    {
        var headers = new List<HeaderMatch>();
        var isWhole = true;
        foreach (var header in match.Objects("headers"))
        {
            if (header.Text("type") is not (null or "Exact"))
            {
                isWhole &= !header.Lose("type", LeftOut);
                continue;
            }

            headers.Add(new HeaderMatch { Name = (header.Text("name") ?? "").ToLowerInvariant(), Exact = header.Text("value") ?? "" });
            header.LoseRest();
        }

        return (headers, isWhole);
    }

    private static List<GatewayPath> GrpcPaths(GatewayObject match)
    {
        if (match.Object("method") is not { } method)
        {
            return [GatewayPath.Any];
        }

        var (service, name, type) = (method.Text("service"), method.Text("method"), method.Text("type"));
        if (type is not (null or "Exact" or "RegularExpression"))
        {
            method.Lose("type", LeftOut);
            return [];
        }

        var isPattern = type == "RegularExpression";
        return (service, name) switch
        {
            (null, null) => [GatewayPath.Any],
            (not null, not null) when !isPattern => [new GatewayPath(PathKind.Exact, $"/{service}/{name}")],
            (not null, null) when !isPattern => [new GatewayPath(PathKind.Prefix, $"/{service}/")],
            _ => [new GatewayPath(PathKind.Pattern, $"/{Part(service, isPattern)}/{Part(name, isPattern)}")],
        };
    }

    private static string Part(string? text, bool isPattern) => text is null ? "[^/]+" : isPattern ? $"(?:{text})" : Regex.Escape(text);

    private static List<GatewayPath> HttpPaths(GatewayObject match)
    {
        if (match.Object("path") is not { } path)
        {
            return [GatewayPath.Any];
        }

        var value = path.Text("value") ?? "/";
        switch (path.Text("type"))
        {
            case "Exact":
                return [new GatewayPath(PathKind.Exact, value)];
            case "RegularExpression":
                return [new GatewayPath(PathKind.Pattern, value)];
            case null or "PathPrefix":
                // Theirs ends between the elements of a path, and ours anywhere.
                var prefix = value.TrimEnd('/');
                return prefix.Length == 0 ? [GatewayPath.Any] : [new GatewayPath(PathKind.PrefixAlone, prefix), new GatewayPath(PathKind.Prefix, prefix + "/")];
            default:
                path.Lose("type", LeftOut);
                return [];
        }
    }
}
