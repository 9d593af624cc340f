using System.Buffers.Binary;
using System.Text;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Balancing.Hashing;

/// <summary>
/// Maglev's table (Eisenbud and others, "Maglev: a fast and reliable software network load balancer", 2016, section 3.4): each endpoint
/// has a permutation of the places and takes the next free one in turn, the heavier ones more often. Found in one look-up and more even than a
/// ring; where one goes, a few keys of others move as well.
/// </summary>
internal sealed class MaglevTable : HashTable
{
    // A prime, as the permutations want it, and that of the paper.
    private const uint Size = 65_537;
    private const ulong SkipSeed = 1;

    private readonly ushort[] _places = new ushort[Size];

    public MaglevTable(ReadOnlySpan<EndpointState> endpoints)
        : base(endpoints)
    {
        // By their ids, as turns are in order and every sidecar is told of them in another one. Of more than there are places some have none.
        var order = Enumerable.Range(0, endpoints.Length).OrderBy(i => Ids[i], StringComparer.Ordinal).Take((int)Size - 1).ToArray();
        Fill(order, order.Length == 0 ? 1 : order.Max(i => Weights[i]));
    }

    public override int Find(ulong hash, int step, ref int place)
    {
        // Each step is as good as another key.
        if (step == 0)
        {
            return _places[hash % Size];
        }

        Span<byte> key = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(key, hash);
        return _places[XxHash64.Hash(key, (ulong)step) % Size];
    }

    private void Fill(int[] order, int heaviest)
    {
        var next = new uint[order.Length];
        var skip = new uint[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var id = Encoding.UTF8.GetBytes(Ids[order[i]]);
            next[i] = (uint)(XxHash64.Hash(id) % Size);
            skip[i] = (uint)(XxHash64.Hash(id, SkipSeed) % (Size - 1)) + 1;
        }

        var isTaken = new bool[Size];
        var turns = new double[order.Length];
        for (var left = order.Length == 0 ? 0 : (int)Size; left > 0;)
        {
            for (var i = 0; i < order.Length && left > 0; i++)
            {
                turns[i] += (double)Weights[order[i]] / heaviest;
                if (turns[i] < 1)
                {
                    continue;
                }

                turns[i]--;
                while (isTaken[next[i]])
                {
                    next[i] = (next[i] + skip[i]) % Size;
                }

                isTaken[next[i]] = true;
                _places[next[i]] = (ushort)order[i];
                left--;
            }
        }
    }
}
