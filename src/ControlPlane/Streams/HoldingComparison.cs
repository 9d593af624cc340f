using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>What a sidecar says that it holds, beside what it was sent and has acknowledged. Used under the stream's lock.</summary>
internal static class HoldingComparison
{
    /// <summary>What the sum of its digests has to be.</summary>
    public static ulong SumOfApplied(IEnumerable<SentResource> resources)
    {
        var sum = 0UL;
        foreach (var sent in resources)
        {
            sum = unchecked(sum + (sent.AppliedDigest ?? 0));
        }

        return sum;
    }

    /// <summary>Those that it is to be sent again.</summary>
    /// <param name="resources">All that it was sent.</param>
    /// <param name="holding">Itemized.</param>
    public static List<ResourceKey> ToBeRepaired(IEnumerable<SentResource> resources, Holding holding)
    {
        var held = holding.Resources.DistinctBy(one => (one.Kind, one.Name)).ToDictionary(one => (one.Kind, one.Name), one => one.Digest);
        return
        [
            .. resources
                .Where(sent => sent.IsToBeRepaired(held.TryGetValue((sent.Key.Kind.Name, sent.Key.Name), out var digest) ? digest : null))
                .Select(sent => sent.Key),
        ];
    }
}
