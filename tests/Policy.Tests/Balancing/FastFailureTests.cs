using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>An endpoint that fails fast is not the fastest one: whatever it answers but a success, it does not draw the traffic.</summary>
public sealed class FastFailureTests
{
    private const int Usual = 20;

    private static readonly BalancingOptions Options = BalancingOptions.Default;

    /// <summary>Every way an endpoint may answer that is no success.</summary>
    private static readonly Outcome[] Failures =
    [
        .. Enumerable.Range(1, 16).Select(Outcome.FromGrpc),
        .. ((int[])[400, 401, 403, 404, 409, 410, 422, 429, 500, 501, 502, 503, 504]).Select(Outcome.FromHttp),
        Outcome.FromReset(0x7),
        Outcome.FromReset(0x2),
        Outcome.Failed(OutcomeReason.NoGrpcStatus, OutcomeSource.Upstream),
        Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream),
    ];

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Failures.Length)];

    /// <summary>Property: for random histories, no failure makes an endpoint look faster than it would without it.</summary>
    [Fact]
    public void No_failure_makes_an_endpoint_look_faster_than_silence_does()
    {
        for (ulong seed = 1; seed <= 500; seed++)
        {
            var rng = new Rng(seed);
            var endpoint = Endpoint();
            var now = 0L;
            for (var i = 0; i < 30; i++)
            {
                now += (long)(rng.NextDouble() * Time.Seconds(2));
                var latency = (long)(rng.NextDouble() * Time.Millis(100));
                var silent = endpoint.Load.EwmaMicros(now, Options.EwmaDecay.Ticks);
                var isFailure = i > 5 && rng.NextInt(3) > 0;
                End(endpoint, isFailure ? Failures[rng.NextInt(Failures.Length)] : Outcome.Ok(), isFailure ? latency / 1000 : latency, now, ref rng);
                if (isFailure)
                {
                    // A float has seven digits.
                    Assert.True(endpoint.Load.EwmaMicros(now, Options.EwmaDecay.Ticks) >= silent * 0.999, $"seed {seed}, step {i}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void One_of_five_that_fails_within_a_millisecond_gets_no_more_than_its_share(int failure)
    {
        var outcome = Failures[failure];
        var (all, late) = Run(outcome);
        Assert.True(all < 0.23, $"{outcome}: {all:P1} of the calls");
        if (outcome.IsRateLimit || outcome.IsServerFault)
        {
            Assert.True(late <= 0.02, $"{outcome}: {late:P1} after 10 s");
        }
    }

    [Fact]
    public void Where_most_answers_are_not_found_one_slow_answer_is_forgotten()
    {
        var rng = new Rng(3);
        var endpoint = Endpoint();
        for (var i = 0; i < 100; i++)
        {
            End(endpoint, i % 10 == 0 ? Outcome.Ok() : Outcome.FromGrpc(5), Time.Millis(2), Time.Millis(10 * i), ref rng);
        }

        End(endpoint, Outcome.Ok(), Time.Seconds(5), Time.Seconds(1), ref rng);
        for (var i = 1; i <= 600; i++)
        {
            End(endpoint, Outcome.FromGrpc(5), Time.Millis(2), Time.Seconds(1) + Time.Millis(100 * i), ref rng);
        }

        Assert.InRange(endpoint.Load.EwmaMicros(Time.Seconds(61), Options.EwmaDecay.Ticks), 1_500, 20_000);
    }

    /// <summary>Its share of a minute's calls, and of those after 10 s, beside four that take 20 ms each.</summary>
    private static (double All, double Late) Run(Outcome outcome)
    {
        // So few that calls hardly overlap: places at an endpoint are another measure, and who ends fast has fewer taken.
        const int calls = 2_000;
        const int each = 60_000 / calls;
        var cluster = new Cluster(5, BalancerKind.PeakEwma, maxEjection: 0); // no breaker helps
        var ends = new PriorityQueue<int, long>();
        int all = 0, late = 0, lateCalls = 0;
        for (var call = 0; call < calls; call++)
        {
            var now = Time.Millis(each * call);
            while (ends.TryPeek(out var index, out var at) && at <= now)
            {
                ends.Dequeue();
                Complete(cluster, index, at, outcome);
            }

            Assert.Equal(PickResult.Picked, cluster.Pick(out var picked, now));
            cluster.Endpoints[picked].Load.Started();
            var isBad = picked == 0 && now > Time.Seconds(5); // it was well until then
            ends.Enqueue(isBad ? -1 : picked, now + Time.Millis(isBad ? 1 : Usual));
            all += isBad ? 1 : 0;
            late += isBad && now > Time.Seconds(15) ? 1 : 0;
            lateCalls += now > Time.Seconds(15) ? 1 : 0;
        }

        return ((double)all / (calls * 55 / 60), (double)late / lateCalls);
    }

    private static void Complete(Cluster cluster, int index, long now, Outcome outcome)
    {
        var isBad = index < 0;
        var end = new AttemptEnd(isBad ? outcome : Outcome.Ok(), 0, now, Time.Millis(isBad ? 1 : Usual)) { IsSent = true, IsAnswered = true };
        cluster.Endpoints[Math.Max(index, 0)].OnAttemptEnded(end, now, Options, ref cluster.Rng);
    }

    private static EndpointState Endpoint() => new Cluster(1, BalancerKind.PeakEwma, maxEjection: 0).Endpoints[0];

    private static void End(EndpointState endpoint, Outcome outcome, long latency, long now, ref Rng rng)
    {
        endpoint.Load.Started();
        endpoint.OnAttemptEnded(new AttemptEnd(outcome, 0, now - latency, latency) { IsSent = true, IsAnswered = true }, now, Options, ref rng);
    }
}
