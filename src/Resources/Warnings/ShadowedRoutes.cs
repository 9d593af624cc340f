using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>Routes that never match, since one before them takes all their calls.</summary>
internal static class ShadowedRoutes
{
    /// <summary>Routes of one path each are compared with their like alone; beyond that it is not worth anybody's time.</summary>
    private const int MostComparisons = 1_000_000;

    private static readonly RouteMatch Any = new();

    public static void Find(Findings findings, string path, IReadOnlyList<Route> routes)
    {
        var left = MostComparisons;
        var earlier = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var lengths = new SortedSet<int>();
        for (var i = 0; i < routes.Count && !findings.IsFull; i++)
        {
            var match = routes[i].Match ?? Any;
            if (FirstThatCovers(match) is { } first)
            {
                findings.Add(
                    $"{path}[{i}].match",
                    $"route {NameOf(i)} never matches, since {NameOf(first)} (routes[{first}]) takes all of its calls; "
                    + "put it before that one, or leave it out");
            }

            var key = KeyOf(match);
            if (!earlier.TryGetValue(key, out var alike))
            {
                earlier[key] = alike = [];
            }

            alike.Add(i);
            if (match.HasPrefix)
            {
                lengths.Add(match.Prefix.Length);
            }
        }

        string NameOf(int i) => Names.Quote(PolicyTranslation.NameOf(routes[i], i));

        int? FirstThatCovers(RouteMatch match)
        {
            var first = CandidatesOf(match, lengths)
                .SelectMany(key => earlier.GetValueOrDefault(key) ?? [])
                .TakeWhile(_ => left-- > 0)
                .Where(i => MatchCover.Covers(routes[i].Match ?? Any, match))
                .DefaultIfEmpty(int.MaxValue)
                .Min();
            return first == int.MaxValue ? null : first;
        }
    }

    /// <summary>Routes are kept by what they ask of the path.</summary>
    private static string KeyOf(RouteMatch match) => match.PathCase switch
    {
        RouteMatch.PathOneofCase.Exact => "=" + match.Exact,
        RouteMatch.PathOneofCase.Prefix => "^" + match.Prefix,
        RouteMatch.PathOneofCase.PathRegex => "~",
        _ => "",
    };

    /// <summary>Where those are that might take all calls of a match.</summary>
    private static IEnumerable<string> CandidatesOf(RouteMatch match, IEnumerable<int> prefixLengths)
    {
        yield return "";
        yield return "~";
        var begin = match.HasExact ? match.Exact : match.HasPrefix ? match.Prefix : null;
        if (begin is null)
        {
            yield break;
        }

        if (match.HasExact)
        {
            yield return "=" + begin;
        }

        foreach (var length in prefixLengths)
        {
            if (length > begin.Length)
            {
                break;
            }

            yield return "^" + begin[..length];
        }
    }
}
