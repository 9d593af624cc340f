using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Calls;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Routing;

/// <summary>
/// Spreads calls over several places by weight, so that those of one caller stay together: weighted rendezvous hashing, in which a weight
/// that grows draws calls to its place and moves none between others, whatever order they stand in. The same on every sidecar.
/// Immutable, any thread; allocates nothing.
/// </summary>
public sealed class StickySplit
{
    private readonly CallHash _hash;
    private readonly ulong[] _seeds;
    private readonly int[] _weights;

    /// <param name="hashOn">What tells callers apart: the first that a call has.</param>
    /// <param name="backends">The places, one of whose weights is above 0.</param>
    /// <param name="own">The service that the route belongs to.</param>
    public StickySplit(ImmutableArray<HashOptions> hashOn, IReadOnlyList<BackendOptions> backends, string own)
    {
        _hash = new CallHash(hashOn);
        _weights = [.. backends.Select(backend => backend.Weight)];
        var names = backends.Select(backend => $"{backend.Service ?? own}\n{backend.Subset}").ToArray();
        _seeds = [.. names.Select((name, i) => SeedOf(name, names.Take(i).Count(other => other == name)))];
    }

    /// <summary>Where a call goes; false if nothing of it tells who makes it.</summary>
    /// <param name="call">Hashed.</param>
    /// <param name="index">Of the place.</param>
    public bool TryChoose(CallFacts call, out int index)
    {
        index = 0;
        if (!_hash.TryGet(call, out var hash))
        {
            return false;
        }

        // The first of several exponential clocks to ring, each as fast as its weight: each wins by its share.
        var soonest = double.PositiveInfinity;
        for (var i = 0; i < _weights.Length; i++)
        {
            var mixed = XxHash64.Hash(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(ref hash)), _seeds[i]);
            var rings = -Math.Log(((mixed >> 11) + 0.5) * (1.0 / (1UL << 53))) / _weights[i];
            if (rings < soonest)
            {
                (soonest, index) = (rings, i);
            }
        }

        return true;
    }

    /// <summary>Two places may be the same but for who steps in.</summary>
    private static ulong SeedOf(string name, int before) => XxHash64.Hash(Encoding.UTF8.GetBytes(name), (ulong)before);
}
