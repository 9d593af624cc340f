using Mesh.Policy.Routing;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether a route has conditions that a call can meet.</summary>
internal static class MatchValidation
{
    private const int MaxHeaders = 64;
    private const int MaxQuery = 16;
    private const int MaxVersion = 128;

    // Far above any path or header that a server takes.
    private const int MaxText = 8192;

    public static void Check(Findings findings, string path, RouteMatch? match)
    {
        if (match is null)
        {
            return;
        }

        switch (match.PathCase)
        {
            case RouteMatch.PathOneofCase.Exact:
                CheckPath(findings, path + ".exact", match.Exact);
                break;
            case RouteMatch.PathOneofCase.Prefix:
                CheckPath(findings, path + ".prefix", match.Prefix);
                break;
            case RouteMatch.PathOneofCase.PathRegex:
                CheckPattern(findings, path + ".path_regex", match.PathRegex);
                break;
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

        count = findings.Count(path + ".query", match.Query.Count, MaxQuery);
        for (var i = 0; i < count; i++)
        {
            CheckQuery(findings, $"{path}.query[{i}]", match.Query[i]);
        }

        CheckSource(findings, path + ".source", match.Source);
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

    /// <summary>A path or its beginning, as requests have them.</summary>
    public static void CheckPath(Findings findings, string path, string text)
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

    private static void CheckPattern(Findings findings, string path, string pattern)
    {
        if (pattern.Length == 0)
        {
            findings.Add(path, "is empty, and no path is; write one like /users/[0-9]+, or leave it out for every path");
        }
        else if (!PathPattern.TryMake(pattern, out _, out var why))
        {
            findings.Add(path, $"{Names.Quote(pattern)} {why}");
        }
    }

    public static void CheckHeader(Findings findings, string path, HeaderMatch header)
    {
        CheckHeaderName(findings, path + ".name", header.Name);
        findings.Text(path + ".exact", header.Exact, MaxText);
        findings.Text(path + ".prefix", header.Prefix, MaxText);
    }

    private static void CheckQuery(Findings findings, string path, QueryMatch query)
    {
        if (query.Name.Length == 0)
        {
            findings.Add(path + ".name", "is missing; write the parameter's name as it is before it is percent-encoded");
        }

        findings.Text(path + ".name", query.Name, MaxText);
        findings.Text(path + ".exact", query.Exact, MaxText);
    }

    private static void CheckSource(Findings findings, string path, SourceMatch? source)
    {
        if (source is null)
        {
            return;
        }

        if (source.Service.Length == 0 && source.Version.Length == 0)
        {
            findings.Add(path, "names nobody, which is everybody; give it a service or a version, or leave it out");
        }

        BackendValidation.CheckService(findings, path + ".service", source.Service);
        findings.Text(path + ".version", source.Version, MaxVersion);
    }
}
