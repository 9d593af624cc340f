using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Balancing;

public sealed class EndpointStateTests
{
    private const int Failures = 5;

    private static readonly BreakerOptions Options = new() { ConsecutiveFailures = Failures, MaxEjectionPercent = 100 };

    private readonly EndpointState _endpoint = new("a", new CircuitBreaker(Options, new EjectionShare(1, 100)));
    private Rng _rng = new(1);

    [Fact]
    public void Connections_that_a_process_takes_with_it_count_once_however_many_there_were()
    {
        for (var call = 0; call < 10 * Failures; call++)
        {
            Lose(started: Time.Seconds(1), at: Time.Seconds(2) + (call * Time.Millis(1)));
        }

        Assert.True(_endpoint.Breaker.IsClosed);
    }

    [Fact]
    public void Each_that_is_lost_after_it_was_made_anew_counts()
    {
        for (var call = 0; call < Failures; call++)
        {
            Lose(started: Time.Millis((10 * call) + 5), at: Time.Millis((10 * call) + 10));
        }

        Assert.False(_endpoint.Breaker.IsClosed);
    }

    [Fact]
    public void Each_that_is_lost_at_a_time_of_its_own_counts_however_long_it_was_under_way()
    {
        for (var call = 0; call < Failures; call++)
        {
            Lose(started: 0, at: Time.Seconds(10 + call));
        }

        Assert.False(_endpoint.Breaker.IsClosed);
    }

    [Fact]
    public void Calls_that_are_reset_at_once_count_each()
    {
        for (var call = 0; call < Failures; call++)
        {
            End(Outcome.Failed(OutcomeReason.Reset, OutcomeSource.Upstream), started: 0, at: Time.Seconds(1));
        }

        Assert.False(_endpoint.Breaker.IsClosed);
    }

    private void Lose(long started, long at) => End(Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream), started, at);

    private void End(Outcome outcome, long started, long at) =>
        _endpoint.OnAttemptEnded(new AttemptEnd(outcome, 0, started, at - started) { IsSent = true }, at, BalancingOptions.Default, ref _rng);
}
