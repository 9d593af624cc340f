using Mesh.Policy.Sharing;

namespace Mesh.Policy.RateLimiting;

/// <summary>
/// Lets so many calls on in a time, of all or of each key; of a limit that is shared, as many as its part is. Any thread. What it remembers is bounded by
/// <see cref="RateLimitOptions.MaxKeys"/>, and it allocates nothing for a key that it knows.
/// </summary>
public sealed class RateLimiter
{
    private readonly TokenRate _rate;
    private readonly KeyedBuckets? _byKey;
    private readonly long _begun;
    private long _fullAt;
    private long _asked;
    private SharedRate? _shared;

    /// <param name="options">What is allowed; valid.</param>
    /// <param name="now">In the loops' ticks: no later call is made with an earlier one.</param>
    /// <param name="former">What stood in its place, whose part it takes over; null if nothing did.</param>
    public RateLimiter(RateLimitOptions options, long now, RateLimiter? former = null)
    {
        Options = options;
        _rate = new TokenRate(options);
        _begun = now;
        if (options.ByHeader is not null || options.BySourceAddress)
        {
            _byKey = new KeyedBuckets(_rate, options.MaxKeys);
        }
        else if (options.IsShared)
        {
            _shared = new SharedRate(_rate, former?.Share ?? LimitShare.Alone);
        }
    }

    /// <summary>What is allowed.</summary>
    public RateLimitOptions Options { get; }

    /// <summary>How many keys are remembered; 0 where there is one bucket for all.</summary>
    public int Keys => _byKey?.Count ?? 0;

    /// <summary>What part of the limit it has, which may be over (<see cref="LimitShare.At"/>); null where it has a limit of its own.</summary>
    public LimitShare? Share => Volatile.Read(ref _shared)?.Share;

    /// <summary>How often a token of a limit that is shared was asked for.</summary>
    public long Asked => Volatile.Read(ref _asked);

    /// <summary>It has another part of the limit from now on. What it has saved it keeps, as far as that has room.</summary>
    /// <param name="share">Which.</param>
    /// <param name="now">In the loops' ticks.</param>
    public void Apply(LimitShare share, long now)
    {
        while (Volatile.Read(ref _shared) is { } shared && Replace(shared, share, Elapsed(now)).Share != share)
        {
        }
    }

    /// <summary>Takes a token of the bucket that all share.</summary>
    /// <param name="now">In the loops' ticks.</param>
    /// <returns>0 if there was one; otherwise the ticks until there is.</returns>
    public long Take(long now)
    {
        var elapsed = Elapsed(now);
        var rate = _shared is null ? _rate : SharedAt(now, elapsed);
        var seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            var fullAt = seen;
            var wait = rate.Take(ref fullAt, elapsed);
            if (wait > 0)
            {
                return wait;
            }

            var before = Interlocked.CompareExchange(ref _fullAt, fullAt, seen);
            if (before == seen)
            {
                return 0;
            }

            seen = before;
        }
    }

    /// <summary>Takes a token of a key's bucket.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="now">In the loops' ticks.</param>
    /// <returns>0 if there was one; otherwise the ticks until there is.</returns>
    public long Take(ReadOnlySpan<byte> key, long now) => _byKey is { } byKey ? byKey.Take(key, Elapsed(now)) : Take(now);

    private TokenRate SharedAt(long now, long elapsed)
    {
        Interlocked.Increment(ref _asked);
        var shared = Volatile.Read(ref _shared)!;
        return (now < shared.Share.Until ? shared : Replace(shared, shared.Share.At(now), elapsed)).Rate;
    }

    /// <returns>What holds by now: another's, if that was faster.</returns>
    private SharedRate Replace(SharedRate former, LimitShare share, long elapsed)
    {
        var next = former.With(share);
        var seen = Interlocked.CompareExchange(ref _shared, next, former);
        if (seen != former)
        {
            return seen!;
        }

        long fullAt;
        do
        {
            fullAt = Volatile.Read(ref _fullAt);
        }
        while (Interlocked.CompareExchange(ref _fullAt, former.Rate.Carry(fullAt, elapsed, next.Rate), fullAt) != fullAt);
        return next;
    }

    // Loops read the clock each for itself.
    private long Elapsed(long now) => Math.Max(0, now - _begun);
}
