using Mesh.Policy.Limiting;

namespace Mesh.Policy.Tests.Limiting;

/// <summary>A limit that follows what a server can bear: a simulated one, of so many workers and a queue.</summary>
public sealed class GradientLimitTests
{
    private const int Workers = 50;
    private const int ServiceMillis = 20;
    private const int Max = 10_000;

    [Fact]
    public void Under_twice_the_load_that_can_be_borne_calls_stay_fast_and_no_less_is_done()
    {
        var run = new Run(new GradientLimit(new AdaptiveOptions(), Max));
        run.For(seconds: 5, perSecond: 1000); // 40 % of 2500 a second
        run.Forget();
        run.For(seconds: 150, perSecond: 1000);
        Assert.Equal(0, run.Refused);

        run.For(seconds: 600, perSecond: 5000); // in which the shortest time is measured anew ten times
        run.Forget();
        run.For(seconds: 120, perSecond: 5000);
        Assert.InRange(run.Done / 120.0, 2250, 2500);
        Assert.InRange(run.Percentile(0.99), ServiceMillis, 4 * ServiceMillis);
        Assert.InRange(run.Limit.Current, Workers / 2, 4 * Workers); // half while it measures
    }

    [Fact]
    public void A_server_that_becomes_slower_gets_fewer_at_once_and_more_again_when_it_is_faster()
    {
        var run = new Run(new GradientLimit(new AdaptiveOptions(), Max));
        run.For(seconds: 30, perSecond: 5000);
        run.Workers = 10;
        run.For(seconds: 30, perSecond: 5000);
        var few = run.Limit.Current;
        Assert.InRange(few, 10, 60);
        run.Workers = 200;
        run.For(seconds: 60, perSecond: 5000);
        Assert.True(run.Limit.Current >= 3 * few, $"{few}, then {run.Limit.Current}");
    }

    [Fact]
    public void One_that_answers_more_slowly_by_itself_is_learnt_anew()
    {
        var run = new Run(new GradientLimit(new AdaptiveOptions(), Max));
        run.For(seconds: 30, perSecond: 1500);
        run.ServiceMillis = 60;
        run.Workers = 1000; // there is no queue: it is just slower
        run.For(seconds: 180, perSecond: 1500);
        run.Forget();
        run.For(seconds: 30, perSecond: 1500);
        Assert.InRange(run.Refused, 0, 30 * 1500 / 10);
    }

    [Fact]
    public void What_is_not_used_is_not_raised()
    {
        var run = new Run(new GradientLimit(new AdaptiveOptions(), Max));
        run.For(seconds: 60, perSecond: 50);
        Assert.InRange(run.Limit.Current, 3, 20);
    }

    /// <summary>Property: whatever is observed, the limit stays within its bounds.</summary>
    [Fact]
    public void It_stays_within_its_bounds()
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var rng = new Rng(seed);
            var min = 1 + rng.NextInt(50);
            var limit = new GradientLimit(new AdaptiveOptions { Min = min, Interval = TimeSpan.FromMilliseconds(100) }, max: 100);
            var now = 0L;
            for (var i = 0; i < 3000; i++)
            {
                now += (long)(rng.NextDouble() * Time.Millis(20));
                limit.Observe(now, (long)(Math.Pow(rng.NextDouble(), 8) * Time.Seconds(100)), rng.NextInt(200));
                Assert.InRange(limit.Current, min, 100);
            }
        }
    }

    /// <summary>Calls at a steady rate, in steps of a tenth of a millisecond of virtual time.</summary>
    private sealed class Run(GradientLimit limit)
    {
        private const int StepsPerMilli = 10;

        private readonly Queue<long> _waiting = [];
        private readonly PriorityQueue<long, long> _served = new();
        private readonly List<double> _millis = [];
        private long _step;
        private double _due;
        private int _underWay;

        public GradientLimit Limit { get; } = limit;

        public int Workers { get; set; } = GradientLimitTests.Workers;

        public int ServiceMillis { get; set; } = GradientLimitTests.ServiceMillis;

        public int Refused { get; private set; }

        public int Done => _millis.Count;

        public void Forget()
        {
            Refused = 0;
            _millis.Clear();
        }

        public double Percentile(double share) => _millis.Order().ElementAt((int)(share * (_millis.Count - 1)));

        public void For(int seconds, int perSecond)
        {
            for (var end = _step + (seconds * 1000L * StepsPerMilli); _step < end; _step++)
            {
                for (_due += perSecond / (1000.0 * StepsPerMilli); _due >= 1; _due--)
                {
                    Arrive();
                }

                while (_served.TryPeek(out var arrived, out var at) && at <= _step)
                {
                    _served.Dequeue();
                    var millis = (_step - arrived) / (double)StepsPerMilli;
                    _millis.Add(millis);
                    Limit.Observe(Time.Millis(1) * _step / StepsPerMilli, (long)(millis * Time.Millis(1)), _underWay--);
                }

                while (_served.Count < Workers && _waiting.TryDequeue(out var next))
                {
                    _served.Enqueue(next, _step + (ServiceMillis * StepsPerMilli));
                }
            }
        }

        private void Arrive()
        {
            if (_underWay >= Limit.Current)
            {
                Refused++;
                return;
            }

            _underWay++;
            _waiting.Enqueue(_step);
        }
    }
}
