using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>Which calls a rule is for, in our words, and how soon its turn is: the most specific goes first there, and the first one here.</summary>
/// <param name="Match">Ours.</param>
/// <param name="IsExact">It names the whole path.</param>
/// <param name="PathLength">Of the path that it names.</param>
internal sealed record GatewayMatch(RouteMatch Match, bool IsExact, int PathLength)
{
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
        isWhole &= isGrpc || !match.Lose("queryParams", LeftOut);
        whole.LoseRest();
        foreach (var (exact, prefix, isExact, length) in isWhole ? paths : [])
        {
            var made = new RouteMatch { HttpMethod = method ?? "" };
            if (exact is not null)
            {
                made.Exact = exact;
            }
            else if (prefix is not null)
            {
                made.Prefix = prefix;
            }

            made.Headers.Add(headers);
            yield return new GatewayMatch(made, isExact, length);
        }
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

    private static List<(string? Exact, string? Prefix, bool IsExact, int Length)> GrpcPaths(GatewayObject match)
    {
        if (match.Object("method") is not { } method)
        {
            return [(null, null, false, 0)];
        }

        var (service, name) = (method.Text("service"), method.Text("method"));
        if (method.Text("type") is not (null or "Exact"))
        {
            method.Lose("type", LeftOut);
            return [];
        }

        switch (service, name)
        {
            case (null, not null):
                method.Lose("method", "is not carried over without a service, and neither is its match");
                return [];
            case (null, null):
                return [(null, null, false, 0)];
            case (not null, null):
                return [(null, $"/{service}/", false, service.Length)];
            default:
                return [($"/{service}/{name}", null, true, service!.Length + name!.Length)];
        }
    }

    private static List<(string? Exact, string? Prefix, bool IsExact, int Length)> HttpPaths(GatewayObject match)
    {
        if (match.Object("path") is not { } path)
        {
            return [(null, null, false, 0)];
        }

        var value = path.Text("value") ?? "/";
        switch (path.Text("type"))
        {
            case "Exact":
                return [(value, null, true, value.Length)];
            case null or "PathPrefix":
                // Theirs ends between the elements of a path, and ours anywhere.
                var prefix = value.TrimEnd('/');
                return prefix.Length == 0 ? [(null, null, false, 0)] : [(prefix, null, false, prefix.Length), (null, prefix + "/", false, prefix.Length)];
            default:
                path.Lose("type", LeftOut);
                return [];
        }
    }
}
