namespace Mesh.Policy.Balancing;

/// <summary>
/// The candidates' weights, prepared so that both a random and a rotating pick by weight take O(1): an alias table
/// (Walker 1977, built as Vose 1991) for the one, static strides (gRFC A58) for the other. Immutable.
/// </summary>
internal sealed class WeightTable
{
    // Strides are scaled so that the heaviest endpoint has this one and never misses a turn.
    private const uint FullStride = ushort.MaxValue;

    private readonly double[] _keep;
    private readonly int[] _alias;
    private readonly ushort[] _strides;

    private WeightTable(int[] weights)
    {
        _keep = new double[weights.Length];
        _alias = new int[weights.Length];
        FillAliases(weights);
        var heaviest = weights.Max();
        _strides = Array.ConvertAll(weights, w => (ushort)Math.Max(FullStride * (long)w / heaviest, 1));
    }

    /// <summary>Null if all weights are equal, which needs no table.</summary>
    public static WeightTable? For(int[] weights)
        => weights.Length < 2 || Array.TrueForAll(weights, w => w == weights[0]) ? null : new WeightTable(weights);

    /// <summary>A slot at random.</summary>
    public int Sample(ref Rng rng)
    {
        var slot = rng.NextInt(_keep.Length);
        return rng.NextDouble() < _keep[slot] ? slot : _alias[slot];
    }

    /// <summary>Whether a slot sits out the given round of the rotation, so that its turns add up to its weight.</summary>
    public bool SitsOut(int slot, ulong round)
    {
        ulong stride = _strides[slot];

        // Each slot's turns are shifted by half a stride, or neighbours of equal weight would sit out the same rounds.
        var phase = ((stride * round) + ((ulong)slot * (FullStride / 2))) % FullStride;
        return phase + stride < FullStride;
    }

    private void FillAliases(int[] weights)
    {
        var mean = weights.Average();
        var rest = Array.ConvertAll(weights, w => w / mean);
        var light = new Stack<int>();
        var heavy = new Stack<int>();
        for (var i = 0; i < rest.Length; i++)
        {
            (rest[i] < 1 ? light : heavy).Push(i);
        }

        while (light.Count > 0 && heavy.Count > 0)
        {
            var small = light.Pop();
            var large = heavy.Pop();
            _keep[small] = rest[small];
            _alias[small] = large;
            rest[large] -= 1 - rest[small];
            (rest[large] < 1 ? light : heavy).Push(large);
        }

        // What is left has a whole share, but for rounding.
        foreach (var i in light.Concat(heavy))
        {
            _keep[i] = 1;
        }
    }
}
