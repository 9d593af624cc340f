using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether routes have names of their own and conditions that a request can meet.</summary>
internal static class RouteValidation
{
    private const int MaxName = 128;

    // Some 200 bytes each: more do not fit into what a service's configuration may have.
    private const int MaxRoutes = 10_000;
    private const int MaxHeaders = 64;

    // Far above any path or header that a server takes.
    private const int MaxText = 8192;

    public static void Check(Findings findings, string path, ServiceConfig config)
    {
        var names = new Dictionary<string, int>();
        var count = findings.Count(path, config.Routes.Count, MaxRoutes);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            var route = config.Routes[i];
            var at = $"{path}[{i}]";
            var name = PolicyTranslation.NameOf(route, i);
            findings.Text(at + ".name", name, MaxName);
            if (!names.TryAdd(name, i))
            {
                findings.Add(at + ".name", $"{Names.Quote(name)} is the name of routes[{names[name]}] too; give each its own");
            }

            BackendValidation.Check(findings, at, route);
            if (route.Match is { } match)
            {
                CheckMatch(findings, at + ".match", match);
            }

            TimeoutsValidation.Check(findings, at + ".timeouts", route.Timeouts, config.Timeouts ?? new Timeouts());
            RetryValidation.Check(findings, at + ".retry", route.Retry);
            RateLimitValidation.Check(findings, at + ".rate_limits", route.RateLimits);
            FaultValidation.Check(findings, at + ".fault", route.Fault);
            CompanionValidation.Check(findings, at + ".hedging", route.Hedging);
            CompanionValidation.Check(findings, at + ".mirror", route.Mirror);
        }
    }

    /// <summary>The name of a field, in lower case as HTTP/2 has it.</summary>
    public static void CheckHeaderName(Findings findings, string path, string name)
    {
        if (name.Any(char.IsAsciiLetterUpper) && Names.IsToken(name))
        {
            findings.Add(path, $"{Names.Quote(name)} is not in lower case; write {name.ToLowerInvariant()}");
        }
        else if (!Names.IsToken(name))
        {
            findings.Add(path, name.Length == 0
                ? "is missing; write the header's name in lower case"
                : $"{Names.Quote(name)} is no header's name; letters, digits and !#$%&'*+-.^_`|~ only");
        }
    }

    private static void CheckMatch(Findings findings, string path, RouteMatch match)
    {
        if (match.PathCase != RouteMatch.PathOneofCase.None)
        {
            var isExact = match.PathCase == RouteMatch.PathOneofCase.Exact;
            var text = isExact ? match.Exact : match.Prefix;
            CheckPath(findings, path + (isExact ? ".exact" : ".prefix"), text);
        }

        if (match.HttpMethod.Length > 0 && (!Names.IsToken(match.HttpMethod) || match.HttpMethod.Any(char.IsAsciiLetterLower)))
        {
            findings.Add(path + ".http_method", $"{Names.Quote(match.HttpMethod)} is no HTTP method; write it like GET");
        }

        var count = findings.Count(path + ".headers", match.Headers.Count, MaxHeaders);
        for (var i = 0; i < count; i++)
        {
            CheckHeader(findings, $"{path}.headers[{i}]", match.Headers[i]);
        }
    }

    private static void CheckPath(Findings findings, string path, string text)
    {
        findings.Text(path, text, MaxText);
        if (!text.StartsWith('/'))
        {
            findings.Add(path, $"{Names.Quote(text)} does not begin with '/'; no request has such a path");
        }
        else if (text.Contains('?'))
        {
            findings.Add(path, $"{Names.Quote(text)} has a query; routes look at the path before the '?'");
        }
    }

    private static void CheckHeader(Findings findings, string path, HeaderMatch header)
    {
        CheckHeaderName(findings, path + ".name", header.Name);
        findings.Text(path + ".exact", header.Exact, MaxText);
        findings.Text(path + ".prefix", header.Prefix, MaxText);
    }
}
