using Mesh.Policy.RateLimiting;
using Mesh.Policy.Sharing;

namespace Mesh.Policy.Tests.Sharing;

/// <summary>Sidecars that share a limit, calls that come to them by chance, and one or several who divide it; in steps of 10 ms. The same seed, the same calls.</summary>
internal sealed class SharedLimitWorld
{
    private const double Step = 0.01;
    private static readonly long Delay = Time.Millis(30);

    private readonly RateLimitOptions _limit;
    private readonly Random _random;
    private readonly List<(long At, int Sidecar, LimitShare Share)> _underWay = [];
    private readonly List<OneSidecar> _sidecars = [];
    private LimitPool?[] _planes;
    private long _now;

    public SharedLimitWorld(RateLimitOptions limit, int seed, int planes = 1)
    {
        _limit = limit with { IsShared = true };
        _random = new Random(seed);
        _planes = [.. Enumerable.Range(0, planes).Select(_ => new LimitPool(0))];
    }

    private TimeSpan Interval => SharingPace.Interval(_sidecars.Count);

    private TimeSpan Valid => SharingPace.Valid(Interval);

    /// <summary>Adds one, which is called so often a second at a time.</summary>
    public int Add(Func<double, double> callsPerSecond)
    {
        _sidecars.Add(new OneSidecar(_sidecars.Count, new RateLimiter(_limit, _now), callsPerSecond) { TellsAt = _now });
        return _sidecars.Count - 1;
    }

    public void Kill(int sidecar)
    {
        _sidecars[sidecar].IsGone = true;
        PlaneOf(sidecar)?.Leave((ulong)sidecar, isGivenBack: false);
    }

    /// <summary>Nobody divides it until they come back, who know nothing of before.</summary>
    public void StopPlanes() => _planes = new LimitPool?[_planes.Length];

    public void StartPlanes()
    {
        _planes = [.. _planes.Select(_ => new LimitPool(_now))];
        _sidecars.ForEach(sidecar => sidecar.Told = null);
    }

    /// <returns>Calls that were let on, and calls that came.</returns>
    public (int Let, int Came) Run(double seconds)
    {
        var (let, came) = (0, 0);
        var end = _now + Time.Seconds(seconds);
        for (; _now < end; _now += Time.Seconds(Step))
        {
            foreach (var sidecar in _sidecars.Where(sidecar => !sidecar.IsGone))
            {
                for (var calls = Poisson(sidecar.CallsPerSecond(_now / (double)TimeSpan.TicksPerSecond) * Step); calls > 0; calls--)
                {
                    var isLet = sidecar.Limiter.Take(_now) == 0 ? 1 : 0;
                    (came, let) = (came + 1, let + isLet);
                    sidecar.Calls = (sidecar.Calls.Let + isLet, sidecar.Calls.Came + 1);
                }
            }

            Speak();
        }

        return (let, came);
    }

    /// <summary>The same of one, from its beginning.</summary>
    public (int Let, int Came) Of(int sidecar) => _sidecars[sidecar].Calls;

    private void Speak()
    {
        foreach (var (_, sidecar, share) in _underWay.Where(grant => grant.At <= _now))
        {
            _sidecars[sidecar].Limiter.Apply(share with { Until = _now + Valid.Ticks }, _now);
        }

        _underWay.RemoveAll(grant => grant.At <= _now);
        foreach (var sidecar in _sidecars.Where(sidecar => !sidecar.IsGone && sidecar.TellsAt <= _now))
        {
            sidecar.Tell(_now, Interval, PerSecond, PlaneOf(sidecar.Index) is { } plane ? wanted => Report(plane, sidecar, wanted) : null);
        }

        if (_now % Interval.Ticks < Time.Seconds(Step))
        {
            DivideAll();
        }
    }

    private void Report(LimitPool plane, OneSidecar sidecar, double wanted)
    {
        var share = sidecar.Limiter.Share!;
        if (plane.Report((ulong)sidecar.Index, wanted, share.IsGranted(_now) ? share.Part : 0, share == LimitShare.Alone ? 0 : share.Sharers, _now, Valid) is { } grant)
        {
            Send(grant);
        }
    }

    private void DivideAll()
    {
        var told = _planes.Select(plane => plane?.Here(_now).ToList() ?? []).ToList();
        for (var i = 0; i < _planes.Length; i++)
        {
            _planes[i]?.SetElsewhere([.. told.Where((_, other) => other != i).SelectMany(sharers => sharers)], _planes.Length);
            _planes[i]?.Divide(_now, Valid).ForEach(Send);
        }
    }

    private void Send(SharerGrant grant) => _underWay.Add((_now + Delay, (int)grant.Id, new LimitShare(grant.Part, 0, grant.Sharers)));

    private LimitPool? PlaneOf(int sidecar) => _planes[sidecar % _planes.Length];

    private double PerSecond => _limit.Requests / _limit.Per.TotalSeconds;

    private int Poisson(double mean)
    {
        var (count, product, bound) = (0, _random.NextDouble(), Math.Exp(-mean));
        for (; product > bound; count++)
        {
            product *= _random.NextDouble();
        }

        return count;
    }

    private sealed class OneSidecar(int index, RateLimiter limiter, Func<double, double> callsPerSecond)
    {
        private readonly DemandEstimate _estimate = new();
        private long _asked;
        private long _toldAt;

        public int Index => index;

        public RateLimiter Limiter => limiter;

        public Func<double, double> CallsPerSecond => callsPerSecond;

        public bool IsGone { get; set; }

        public (int Let, int Came) Calls { get; set; }

        public long TellsAt { get; set; }

        public double? Told { get; set; }

        public void Tell(long now, TimeSpan interval, double perSecond, Action<double>? report)
        {
            var asked = limiter.Asked;
            _estimate.Add(asked - _asked, interval.TotalSeconds);
            _asked = asked;
            TellsAt = now + interval.Ticks;
            var wanted = _estimate.PerSecond / perSecond;
            if (report is not null && (Told is not { } told || SharingPace.IsNews(wanted, told) || now - _toldAt > Time.Seconds(2)))
            {
                (Told, _toldAt) = (wanted, now);
                report(wanted);
            }
        }
    }
}
