using Mesh.Policy.Routing;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>
/// Whether every call that one match takes is taken by another as well. Says so only where it follows from the text: of two patterns only
/// that they are the same.
/// </summary>
internal static class MatchCover
{
    /// <summary>Whether <paramref name="wide"/> takes all calls of <paramref name="narrow"/>.</summary>
    public static bool Covers(RouteMatch wide, RouteMatch narrow) =>
        CoversPath(wide, narrow)
        && (wide.HttpMethod.Length == 0 || wide.HttpMethod == narrow.HttpMethod)
        && wide.Headers.All(header => narrow.Headers.Any(other => Covers(header, other)))
        && wide.Query.All(query => narrow.Query.Any(other => Covers(query, other)))
        && Covers(wide.Source, narrow.Source);

    private static bool CoversPath(RouteMatch wide, RouteMatch narrow) => wide.PathCase switch
    {
        RouteMatch.PathOneofCase.None => true,
        RouteMatch.PathOneofCase.Exact => narrow.HasExact && narrow.Exact == wide.Exact,
        RouteMatch.PathOneofCase.Prefix => BeginningOf(narrow) is { } begin && begin.StartsWith(wide.Prefix, StringComparison.Ordinal),
        _ => narrow.HasPathRegex ? narrow.PathRegex == wide.PathRegex : narrow.HasExact && Matches(wide.PathRegex, narrow.Exact),
    };

    private static string? BeginningOf(RouteMatch match) => match.HasExact ? match.Exact : match.HasPrefix ? match.Prefix : null;

    private static bool Matches(string regex, string path) =>
        PathPattern.TryMake(regex, out var pattern, out _) && pattern!.IsMatch(System.Text.Encoding.UTF8.GetBytes(path));

    private static bool Covers(HeaderMatch wide, HeaderMatch narrow)
    {
        if (wide.Invert || narrow.Invert)
        {
            return wide.Equals(narrow);
        }

        return wide.Name == narrow.Name && wide.ValueCase switch
        {
            HeaderMatch.ValueOneofCase.None => true,
            HeaderMatch.ValueOneofCase.Exact => narrow.HasExact && narrow.Exact == wide.Exact,
            _ => narrow.ValueCase != HeaderMatch.ValueOneofCase.None
                && (narrow.HasExact ? narrow.Exact : narrow.Prefix).StartsWith(wide.Prefix, StringComparison.Ordinal),
        };
    }

    private static bool Covers(QueryMatch wide, QueryMatch narrow) =>
        wide.Name == narrow.Name && (!wide.HasExact || (narrow.HasExact && narrow.Exact == wide.Exact));

    private static bool Covers(SourceMatch? wide, SourceMatch? narrow) =>
        wide is null
        || ((wide.Service.Length == 0 || wide.Service == narrow?.Service) && (wide.Version.Length == 0 || wide.Version == narrow?.Version));
}
