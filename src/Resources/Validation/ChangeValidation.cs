using System.Buffers;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Changes;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether what a request becomes is one.</summary>
internal static class ChangeValidation
{
    // A DNS name and a port.
    private const int MaxHost = 253 + 6;

    private const int MaxPath = 2048;

    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]");

    public static void Check(Findings findings, string path, Rewrite? rewrite, RouteMatch? match)
    {
        if (rewrite is null)
        {
            return;
        }

        CheckHost(findings, path + ".host", rewrite.Host);
        CheckPath(findings, path, rewrite.HasPath ? rewrite.Path : null, rewrite.HasPrefix ? rewrite.Prefix : null, match);
        CheckSubstitution(findings, path + ".substitution", rewrite.HasSubstitution ? rewrite.Substitution : null, match);
        HeaderChangeValidation.Check(findings, path + ".request_headers", rewrite.RequestHeaders);
        HeaderChangeValidation.Check(findings, path + ".response_headers", rewrite.ResponseHeaders);
    }

    /// <summary>A host, where one is given.</summary>
    public static void CheckHost(Findings findings, string path, string host)
    {
        if (host.Length > MaxHost || host.AsSpan().ContainsAnyExcept(HostCharacters))
        {
            findings.Add(path, $"{Names.Quote(host)} is no host; write it like shop.example.com or shop.example.com:8080");
        }
    }

    /// <summary>What a path becomes, where it is to be another.</summary>
    /// <param name="findings">Gets what is wrong.</param>
    /// <param name="at">The message of both.</param>
    /// <param name="path">The whole path; null if it is not given.</param>
    /// <param name="prefix">Instead of what the route matches; null if it is not given.</param>
    /// <param name="match">The route's.</param>
    public static void CheckPath(Findings findings, string at, string? path, string? prefix, RouteMatch? match)
    {
        if (path is not null)
        {
            CheckTarget(findings, at + ".path", path);
        }

        if (prefix is null)
        {
            return;
        }

        CheckTarget(findings, at + ".prefix", prefix);
        if (match is not { HasPrefix: true })
        {
            findings.Add(at + ".prefix", "stands in the place of match.prefix, which is missing; give the route one, or write path");
        }
    }

    private static void CheckSubstitution(Findings findings, string path, string? text, RouteMatch? match)
    {
        if (text is null)
        {
            return;
        }

        if (match is not { HasPathRegex: true })
        {
            findings.Add(path, "is made of what match.path_regex matches, which is missing; give the route one, or write path or prefix");
            return;
        }

        CheckTarget(findings, path, text);
        // What is wrong with the pattern is said where it stands.
        if (PathPattern.TryMake(match.PathRegex, out _, out _) && !PathTemplate.TryMake(text, match.PathRegex, out _, out var why))
        {
            findings.Add(path, $"{Names.Quote(text)} {why}");
        }
    }

    private static void CheckTarget(Findings findings, string path, string text)
    {
        if (!text.StartsWith('/'))
        {
            findings.Add(path, $"{Names.Quote(text)} does not begin with '/'; no request has such a path");
        }
        else if (text.Contains('?'))
        {
            findings.Add(path, $"{Names.Quote(text)} has a query; leave it out, for the caller's own stays");
        }
        else if (text.Length > MaxPath || text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.Contains('#'))
        {
            findings.Add(path, $"{Names.Quote(text)} is too long or has characters that no path has; at most {MaxPath}, percent-encoded");
        }
    }
}
