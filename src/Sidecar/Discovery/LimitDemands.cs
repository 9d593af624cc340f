using Mesh.Policy.RateLimiting;
using Mesh.Policy.Sharing;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// What the sidecar needs of the limits that it shares with others, and is given of them by whichever control plane it speaks with. Where it shares
/// none, nothing is counted or said. One caller at a time.
/// </summary>
internal sealed class LimitDemands(ServiceDirectory directory, TimeProvider time)
{
    private Dictionary<Api.SharedLimit, Need> _needs = [];
    private IReadOnlyList<SharedLimiter>? _seen;
    private TimeSpan? _interval;
    private long _looked;

    /// <summary>How long until <see cref="Tell"/> is due; null if it is not.</summary>
    public TimeSpan? TimeLeft => _interval is not { } interval ? null
        : _seen != directory.SharedLimits ? TimeSpan.Zero
        : _needs.Count == 0 ? null
        : interval - time.GetElapsedTime(_looked);

    /// <summary>A stream begins.</summary>
    /// <param name="interval">How often its control plane wants to know; null if it does not.</param>
    public void Begin(Google.Protobuf.WellKnownTypes.Duration? interval)
    {
        _interval = interval is null ? null : LeaseTimes.Of(interval, out _).Ttl;
        _seen = null;
        foreach (var need in _needs.Values)
        {
            need.Told = null;
        }
    }

    /// <summary>What is needed, as far as it is news; null if nothing is.</summary>
    public Api.Demands? Tell()
    {
        var demands = new Api.Demands();
        var elapsed = time.GetElapsedTime(_looked);
        var isDue = elapsed >= _interval;
        var now = directory.Now;
        var former = _needs;
        _seen = directory.SharedLimits;
        _needs = [];
        foreach (var shared in _seen)
        {
            var limit = new Api.SharedLimit { Kind = shared.Kind, Name = shared.Service, Route = shared.Route, Index = (uint)shared.Index };
            var need = former.GetValueOrDefault(limit) ?? new Need();
            former.Remove(limit);
            _needs[limit] = need;
            need.Follow(shared.Limiter);
            if (isDue)
            {
                need.Count(elapsed);
            }

            if (need.Tell(limit, now) is { } demand)
            {
                demands.Limits.Add(demand);
            }
        }

        _looked = isDue ? time.GetTimestamp() : _looked;
        demands.Limits.AddRange(former.Where(gone => gone.Value.Told is not null).Select(gone => new Api.LimitDemand { Limit = gone.Key, Ended = true }));
        return demands.Limits.Count == 0 ? null : demands;
    }

    /// <summary>What a control plane gives. What is no part of a limit that there is is not minded.</summary>
    public void Apply(Api.Grants grants)
    {
        _interval = LeaseTimes.Of(grants.Interval, out _).Ttl;
        var now = directory.Now;
        var until = now + LeaseTimes.Of(grants.Valid, out _).Ttl.Ticks;
        foreach (var grant in grants.Limits)
        {
            if (grant is { Limit: { } limit, Part: > 0 } && _needs.TryGetValue(limit, out var need))
            {
                need.Limiter!.Apply(new LimitShare(Math.Clamp(grant.Part, LimitShare.Least, 1), until, (int)Math.Clamp(grant.Sharers, 1, int.MaxValue)), now);
            }
        }
    }

    private sealed class Need
    {
        private readonly DemandEstimate _estimate = new();
        private long _asked;

        public RateLimiter? Limiter { get; private set; }

        public double? Told { get; set; }

        public void Follow(RateLimiter limiter)
        {
            if (Limiter != limiter)
            {
                (Limiter, _asked) = (limiter, limiter.Asked);
            }
        }

        public void Count(TimeSpan elapsed)
        {
            var asked = Limiter!.Asked;
            _estimate.Add(asked - _asked, elapsed.TotalSeconds);
            _asked = asked;
        }

        public Api.LimitDemand? Tell(Api.SharedLimit limit, long now)
        {
            var wanted = _estimate.PerSecond * Limiter!.Options.Per.TotalSeconds / Limiter.Options.Requests;
            if (Told is { } told && !SharingPace.IsNews(wanted, told))
            {
                return null;
            }

            Told = wanted;
            var share = Limiter.Share!.At(now);
            return new Api.LimitDemand
            {
                Limit = limit,
                Wanted = wanted,
                Held = share.IsGranted(now) ? share.Part : 0,
                Sharers = share == LimitShare.Alone ? 0 : (uint)share.Sharers,
            };
        }
    }
}
