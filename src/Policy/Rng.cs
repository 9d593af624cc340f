using System.Numerics;

namespace Mesh.Policy;

/// <summary>
/// A fast random generator that lives in its owner's memory: xoshiro256** (Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators", 2018), seeded through splitmix64 as its authors advise. Each event loop owns one and
/// passes it by reference to the decisions it makes; the same seed replays the same decisions. Not for secrets, and not
/// for two threads at once.
/// </summary>
public struct Rng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A generator whose whole sequence follows from <paramref name="seed"/>; every seed is as good as another.</summary>
    public Rng(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, <paramref name="bound"/>); 0 for a bound of 1 or less.</summary>
    /// <remarks>
    /// Multiplies instead of dividing (Lemire, 2019) and skips his correction: with 32 bits of randomness above the
    /// bound the bias is below 2^-32 of a share, which no balancer can notice.
    /// </remarks>
    public int NextInt(int bound)
    {
        if (bound <= 1)
        {
            return 0;
        }

        return (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);
    }

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Whether a share of so many percent is hit, 0 to 100; draws nothing where all are.</summary>
    public bool Hits(double percent) => percent >= 100 || NextDouble() * 100 < percent;

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
