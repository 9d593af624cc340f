using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Streams;

namespace Mesh.Policy.Tests.Streams;

/// <summary>When a stream that lasts is ended, and how those that are opened instead are spread.</summary>
public class StreamAgeTests
{
    private static readonly long Age = Time.Seconds(60);
    private static readonly long EndAt = Time.Seconds(60);
    private static readonly long Now = Time.Seconds(50);

    /// <summary>Both have said something, and neither is at it.</summary>
    private static readonly StreamStanding AtRest = new()
    {
        IsStream = true,
        IsAnswerBetweenMessages = true,
        IsRequestBetweenMessages = true,
        Requests = 3,
        Answers = 3,
        LastRequestAt = Time.Seconds(49),
        LastAnswerAt = Time.Seconds(49),
    };

    [Fact]
    public void Each_stream_has_a_time_of_its_own_within_the_age()
    {
        var random = new Rng(1);
        var times = Enumerable.Range(0, 10_000).Select(_ => StreamAge.LooksFrom(Time.Seconds(7), Age, ref random) - Time.Seconds(7)).ToArray();
        Assert.All(times, time => Assert.InRange(time, Time.Seconds(45), Time.Seconds(57)));
        foreach (var (from, to) in ((int, int)[])[(45, 48), (48, 51), (51, 54), (54, 57)])
        {
            Assert.InRange(times.Count(time => time >= Time.Seconds(from) && time < Time.Seconds(to)), 2_250, 2_750);
        }
    }

    [Fact]
    public void It_is_looked_at_now_and_then()
    {
        Assert.Equal(Time.Millis(50), StreamAge.Pause(Time.Seconds(1)));
        Assert.Equal(Time.Millis(300), StreamAge.Pause(Age));
        Assert.Equal(Time.Seconds(1), StreamAge.Pause(Time.Seconds(24 * 3600)));
    }

    [Fact]
    public void A_stream_at_rest_ends_when_no_better_moment_has_come_for_half_of_the_time()
    {
        Assert.False(IsMoment(AtRest with { LastRequestAt = 1, LastAnswerAt = 1 }, Time.Seconds(44)));
        Assert.True(IsMoment(AtRest with { LastRequestAt = 1, LastAnswerAt = 1 }, Time.Seconds(45)));
    }

    [Fact]
    public void A_call_that_waits_for_one_answer_does_not_end_however_old() =>
        Assert.False(IsMoment(AtRest with { IsStream = false }, Time.Seconds(3600)));

    [Fact]
    public void A_message_of_the_answer_is_not_cut_in_two_however_old() =>
        Assert.False(IsMoment(AtRest with { IsAnswerBetweenMessages = false }, Time.Seconds(3600)));

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void What_is_under_way_is_waited_for_until_the_age_is_over(bool isRequestWhole, bool isTaken, bool ends)
    {
        var stream = AtRest with { IsRequestBetweenMessages = isRequestWhole, IsHeld = !isTaken };
        Assert.Equal(ends, IsMoment(stream, Now));
        Assert.True(IsMoment(stream, EndAt));
    }

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(3, 4, true)]
    [InlineData(4, 3, false)]
    public void Behind_an_answer_to_all_that_was_asked_it_ends_at_once(int requests, int answers, bool ends)
    {
        var stream = AtRest with { Requests = requests, Answers = answers, LastRequestAt = Now - Time.Millis(1), LastAnswerAt = Now };
        Assert.Equal(ends, IsMoment(stream with { IsAnswerJustCome = true }, Now));
        Assert.False(IsMoment(stream, Now));
        Assert.True(IsMoment(stream, Now + Time.Millis(100))); // the server has had time to read it
    }

    [Fact]
    public void Where_only_the_server_speaks_it_ends_with_any_message() =>
        Assert.True(IsMoment(AtRest with { IsRequestEnded = true, IsAnswerJustCome = true, LastAnswerAt = Now }, Now));

    [Fact]
    public void A_single_answer_is_not_cut_from_its_end()
    {
        var answer = AtRest with { IsRequestEnded = true, Requests = 1, Answers = 1, LastAnswerAt = Now };
        Assert.False(IsMoment(answer with { IsAnswerJustCome = true }, Now));
        Assert.False(StreamAge.IsMoment(answer, Now, Now, Now));
        Assert.True(IsMoment(answer, Now + Time.Millis(100))); // it was the first of a stream's
    }

    /// <summary>Streams of four sidecars at two instances, which become four at a moment of the age that chance decides.</summary>
    [Theory]
    [InlineData(BalancerKind.LeastConnections, 0.05)]
    [InlineData(BalancerKind.RoundRobin, 0.2)]
    [InlineData(BalancerKind.LeastRequest, 0.4)] // the better of two is sometimes the better of two that have enough
    [InlineData(BalancerKind.PeakEwma, 0.4)]
    public void One_age_after_instances_have_come_streams_are_spread_over_all(BalancerKind kind, double off)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var random = new Rng(seed);
            var sidecars = Enumerable.Range(0, 4).Select(i => new Streams(kind, (uint)i, 50)).ToArray();
            var comeAt = (long)(Age * random.NextDouble()) + Age;
            Run(sidecars, 0, comeAt, 2, ref random);
            Run(sidecars, comeAt, comeAt + Age, 4, ref random);
            var open = Enumerable.Range(0, 4).Select(i => sidecars.Sum(sidecar => sidecar.OpenAt(i))).ToArray();
            Assert.Equal(200, open.Sum());
            Assert.All(open, count => Assert.InRange(count, 50 * (1 - off), 50 * (1 + off)));
        }
    }

    [Fact]
    public void Connections_that_were_made_together_do_not_end_together()
    {
        var random = new Rng(1);
        var ages = Enumerable.Range(0, 1000).Select(_ => ConnectionAge.Of(Age, ref random)).ToArray();
        Assert.InRange(ages.Min(), Time.Seconds(54), Time.Seconds(54.2));
        Assert.InRange(ages.Max(), Time.Seconds(59.8), Time.Seconds(60));
    }

    /// <summary>It has been looked for since the thirtieth second.</summary>
    private static bool IsMoment(in StreamStanding stream, long now) => StreamAge.IsMoment(stream, now, Time.Seconds(30), EndAt);

    private static void Run(Streams[] sidecars, long from, long to, int instances, ref Rng random)
    {
        foreach (var sidecar in sidecars)
        {
            sidecar.Know(instances);
        }

        for (var now = from; now < to; now += Time.Millis(50))
        {
            foreach (var sidecar in sidecars)
            {
                sidecar.Advance(now, ref random);
            }
        }
    }

    /// <summary>Those of one sidecar.</summary>
    private sealed class Streams(BalancerKind kind, uint start, int count)
    {
        private readonly EndpointState[] _all = [.. Enumerable.Range(0, 4).Select(i => new EndpointState($"e{i}", new CircuitBreaker(new BreakerOptions())))];
        private readonly Balancer _balancer = Balancer.Create(new BalancingOptions { Kind = kind }, start);
        private readonly (Pick Pick, long EndsAt)[] _open = new (Pick, long)[count];
        private EndpointSet _set = null!;
        private bool _hasBegun;

        public int OpenAt(int instance) => _all[instance].Load.InFlight;

        public void Know(int instances)
        {
            var share = new EjectionShare(instances, 50);
            _set = new EndpointSet([.. _all.Take(instances)], 50, share);
        }

        public void Advance(long now, ref Rng random)
        {
            for (var i = 0; i < _open.Length; i++)
            {
                ref var stream = ref _open[i];
                if (_hasBegun && stream.EndsAt > now)
                {
                    continue;
                }

                if (_hasBegun)
                {
                    stream.Pick.Complete(new AttemptEnd(Policy.Outcomes.Outcome.Failed(Policy.Outcomes.OutcomeReason.MaxStreamAge, Policy.Outcomes.OutcomeSource.Mesh), 0, 0, 0), now, ref random);
                }

                Assert.Equal(PickResult.Picked, _balancer.Pick(_set, new PickContext(now), ref random, out stream.Pick));
                stream.Pick.Begin(now);
                stream.EndsAt = StreamAge.LooksFrom(now, Age, ref random);
            }

            _hasBegun = true;
        }
    }
}
