using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Deadlines;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Deadlines;

/// <summary>A deadline that its caller chose blames the endpoint only where it was much slower than its own record.</summary>
public class CallersDeadlineTests
{
    private static readonly long Decay = Time.Seconds(10);
    private static readonly Outcome Passed = Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Downstream);
    private readonly EndpointState _endpoint = new("e", new CircuitBreaker(new BreakerOptions { Jitter = 0 }));
    private Rng _rng = new(1);

    [Theory]
    [InlineData(1e-4, 20, 1000, false)] // 100 ns
    [InlineData(5, 20, 1000, false)]
    [InlineData(90, 20, 1000, false)]
    [InlineData(240, 20, 1000, false)] // as long as a lost packet
    [InlineData(300, 20, 1000, true)]
    [InlineData(1000, 20, 19, false)] // it has hardly answered yet
    [InlineData(1000, 0, 0, false)]
    [InlineData(1000, 300, 1000, false)] // it is slow, and always was
    [InlineData(2000, 300, 1000, true)]
    public void The_record_decides(double elapsedMillis, double recordMillis, long answers, bool isFault) =>
        Assert.Equal(isFault, CallersDeadline.IsEndpointsFault(Time.Millis(elapsedMillis), answers, recordMillis * 1000));

    [Theory]
    [InlineData(1e-4)]
    [InlineData(5)]
    [InlineData(100)]
    public void Short_deadlines_leave_a_healthy_endpoint_as_it_was(double millis)
    {
        Answer(100, 20);
        var before = _endpoint.Load.EwmaMicros(0, Decay);
        for (var i = 0; i < 1000; i++)
        {
            Cut(millis, Passed);
        }

        Assert.True(_endpoint.Breaker.IsClosed);
        Assert.Equal(0, _endpoint.Load.Failures);
        Assert.Equal(Math.Max(before, millis * 1000), _endpoint.Load.EwmaMicros(0, Decay), 1.0);
    }

    [Fact]
    public void An_endpoint_that_falls_silent_is_found_out_though_only_its_callers_have_deadlines()
    {
        Answer(100, 20);
        for (var i = 0; i < 5; i++)
        {
            Cut(1000, Passed);
        }

        Assert.False(_endpoint.Breaker.IsClosed);
    }

    [Fact]
    public void One_that_never_answered_is_not_taken_for_the_fastest()
    {
        Cut(1000, Passed);
        Assert.Equal(1_000_000, _endpoint.Load.EwmaMicros(0, Decay), 1.0);
        Assert.True(_endpoint.Breaker.IsClosed);
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void However_the_server_puts_it(Outcome outcome)
    {
        Answer(100, 20);
        for (var i = 0; i < 20; i++)
        {
            Cut(5, outcome);
        }

        Assert.Equal((true, 0L), (_endpoint.Breaker.IsClosed, _endpoint.Load.Failures));
    }

    public static TheoryData<Outcome> Words =>
        [Outcome.FromReset(0x8), Outcome.FromGrpc(GrpcStatus.DeadlineExceeded), Outcome.FromGrpc(GrpcStatus.Cancelled)];

    [Fact]
    public void Whoever_has_begun_to_answer_is_not_to_blame_for_a_stream_that_lasts()
    {
        Answer(100, 20);
        for (var i = 0; i < 20; i++)
        {
            Cut(20, Passed, isAnswered: true);
        }

        Assert.Equal((true, 120L, 0L), (_endpoint.Breaker.IsClosed, _endpoint.Load.Successes, _endpoint.Load.Failures));
    }

    [Fact]
    public void Nor_is_one_that_never_had_the_call()
    {
        Answer(100, 1);
        for (var i = 0; i < 20; i++)
        {
            Cut(5000, Passed, isSent: false);
        }

        Assert.True(_endpoint.Breaker.IsClosed);
        Assert.Equal(1000, _endpoint.Load.EwmaMicros(0, Decay), 1.0);
    }

    [Fact]
    public void The_record_remembers_slow_answers_for_a_while()
    {
        Answer(1000, 1);
        Answer(1, 2000);
        Answer(50, 1);
        Assert.InRange(_endpoint.Load.SlowestMicros, 500_000, 2_000_000);
        Answer(1000, 1);
        Assert.InRange(_endpoint.Load.SlowestMicros, 999, 1100);
    }

    private void Answer(int times, double millis)
    {
        for (var i = 0; i < times; i++)
        {
            _endpoint.Load.Started();
            _endpoint.OnAttemptEnded(new AttemptEnd(Outcome.Ok(), 0, 0, Time.Millis(millis)) { IsSent = true, IsAnswered = true }, 0, BalancingOptions.Default, ref _rng);
        }
    }

    private void Cut(double millis, Outcome outcome, bool isSent = true, bool isAnswered = false)
    {
        _endpoint.Load.Started();
        var end = new AttemptEnd(outcome, 0, 0, Time.Millis(millis)) { IsSent = isSent, IsAnswered = isAnswered, IsCallersTimeUp = true };
        _endpoint.OnAttemptEnded(end, 0, BalancingOptions.Default, ref _rng);
        Assert.Equal(0, _endpoint.Load.InFlight);
    }
}
