namespace Mesh.Policy.RateLimiting;

/// <summary>
/// A token bucket as the generic cell rate algorithm has it (ITU-T I.371, annex A): all that a bucket has to remember is one number,
/// the time at which it would be full again. Immutable; pure.
/// </summary>
internal readonly struct TokenRate
{
    // A call's share of the time may be less than a tick of 100 ns.
    private const int Fraction = 8;

    // Longer than any bucket takes to fill, and far from what a sum of two may not exceed.
    private const long Longest = long.MaxValue / 4;

    private readonly long _share;
    private readonly long _depth;

    /// <param name="options">How often, and how often at once.</param>
    public TokenRate(RateLimitOptions options)
    {
        _share = Math.Max(1, (long)Math.Round((double)(options.Per.Ticks << Fraction) / Math.Max(1, options.Requests)));
        _depth = (long)Math.Min((double)_share * Math.Max(1, options.Burst ?? options.Requests), Longest);
    }

    private TokenRate(long share, long depth)
    {
        _share = share;
        _depth = depth;
    }

    /// <summary>A part of it: so much of the rate, and of the burst, which is one call at least.</summary>
    /// <param name="part">Above 0, at most 1.</param>
    public TokenRate Part(double part)
    {
        var share = (long)Math.Min(Math.Ceiling(_share / part), Longest);
        return new TokenRate(share, Math.Max(_depth, share));
    }

    /// <summary>Where a bucket of this rate stands when it goes on by another one, with as many tokens in it as it has, or as it can have.</summary>
    /// <param name="fullAt">When it would be full.</param>
    /// <param name="elapsed">As in <see cref="Take"/>.</param>
    /// <param name="other">By which it goes on.</param>
    public long Carry(long fullAt, long elapsed, TokenRate other)
    {
        var now = elapsed << Fraction;
        var missing = Math.Clamp(fullAt - now, 0, _depth);
        var tokens = (_depth - missing) / (double)_share;
        return now + (other._depth - (long)Math.Min(tokens * other._share, other._depth));
    }

    /// <summary>Takes a token if there is one.</summary>
    /// <param name="fullAt">When the bucket is full; 0 is a full one. Moved on if a token is taken.</param>
    /// <param name="elapsed">Ticks since any moment, the same for all calls, not before it.</param>
    /// <returns>0 if it was taken; otherwise the ticks until there is one.</returns>
    public long Take(ref long fullAt, long elapsed)
    {
        var now = elapsed << Fraction;
        var next = Math.Max(fullAt, now) + _share;
        var missing = next - now - _depth;
        if (missing > 0)
        {
            return (missing + (1 << Fraction) - 1) >> Fraction;
        }

        fullAt = next;
        return 0;
    }
}
