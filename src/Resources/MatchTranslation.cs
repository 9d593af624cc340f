using Mesh.Policy.Routing;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Which calls a route takes, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class MatchTranslation
{
    public static RouteMatchOptions ToMatch(RouteMatch? match) => match is null ? RouteMatchOptions.Any : new()
    {
        Exact = match.PathCase == RouteMatch.PathOneofCase.Exact ? match.Exact : null,
        Prefix = match.PathCase == RouteMatch.PathOneofCase.Prefix ? match.Prefix : null,
        Regex = match.PathCase == RouteMatch.PathOneofCase.PathRegex ? match.PathRegex : null,
        HttpMethod = match.HttpMethod.Length > 0 ? match.HttpMethod : null,
        Headers = [.. match.Headers.Select(ToHeader)],
        Query = [.. match.Query.Select(query => new QueryMatchOptions { Name = query.Name, Exact = query.HasExact ? query.Exact : null })],
        Source = match.Source is not { } source ? null : new SourceMatchOptions
        {
            Service = source.Service.Length > 0 ? source.Service : null,
            Version = source.Version.Length > 0 ? source.Version : null,
        },
    };

    public static HeaderMatchOptions ToHeader(HeaderMatch header) => new()
    {
        Name = header.Name,
        Exact = header.ValueCase == HeaderMatch.ValueOneofCase.Exact ? header.Exact : null,
        Prefix = header.ValueCase == HeaderMatch.ValueOneofCase.Prefix ? header.Prefix : null,
        Invert = header.Invert,
    };
}
