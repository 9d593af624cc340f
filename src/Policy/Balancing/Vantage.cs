using System.Text;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Balancing;

/// <summary>
/// Where a sidecar stands among all: what it sees of a service's endpoints depends on it. Immutable.
/// </summary>
/// <param name="Locality">Its own, REGION/ZONE; empty if it does not say.</param>
/// <param name="Seed">Different on each sidecar, and the same for as long as it runs.</param>
public sealed record Vantage(string Locality, ulong Seed)
{
    /// <summary>Anywhere.</summary>
    public static readonly Vantage None = new("", 0);

    /// <summary>Farther is more; the farthest of <see cref="Distance"/>.</summary>
    internal const int Farthest = 2;

    /// <summary>How far an endpoint is: 0 if nobody is nearer.</summary>
    /// <param name="other">Its locality; empty if it does not say.</param>
    /// <param name="preference">What counts as near.</param>
    public int Distance(string other, LocalityPreference preference)
    {
        if (preference == LocalityPreference.Any || Locality.Length == 0)
        {
            return 0;
        }

        return !RegionOf(other).SequenceEqual(RegionOf(Locality)) ? Farthest
            : preference == LocalityPreference.Region || other == Locality ? 0
            : 1;
    }

    /// <summary>
    /// The endpoints that this sidecar calls where it calls some of them only (gRFC A68): those that are well first, the nearest first,
    /// and of these by rendezvous hashing, so that one that comes or goes changes one place, and each sidecar has others.
    /// </summary>
    /// <param name="endpoints">All of them.</param>
    /// <param name="options">How many, and what counts as near.</param>
    /// <returns>Their indexes, in order; null for all.</returns>
    internal int[]? Sample(IReadOnlyList<EndpointState> endpoints, BalancingOptions options)
    {
        if (options.SubsetSize == 0 || endpoints.Count <= options.SubsetSize)
        {
            return null;
        }

        int[] sample =
        [
            .. Enumerable.Range(0, endpoints.Count)
                .OrderBy(i => endpoints[i].Model.IsHealthy ? 0 : 1)
                .ThenBy(i => Distance(endpoints[i].Model.Locality, options.Locality))
                .ThenBy(i => XxHash64.Hash(Encoding.UTF8.GetBytes(endpoints[i].Id), Seed))
                .Take(options.SubsetSize),
        ];
        Array.Sort(sample);
        return sample;
    }

    private static ReadOnlySpan<char> RegionOf(ReadOnlySpan<char> locality) =>
        locality.IndexOf('/') is >= 0 and var slash ? locality[..slash] : locality;
}
