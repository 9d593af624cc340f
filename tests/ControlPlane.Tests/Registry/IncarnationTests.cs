using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>Two processes with the same instance id.</summary>
public sealed class IncarnationTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void While_one_is_alive_the_other_is_refused_and_both_learn_of_each_other()
    {
        var first = _fixture.Register(Of("one", 1001));
        var revision = _fixture.Registry.State.Revision;
        var refused = _fixture.Answer(Of("two", 1002), new LeaseHolder());
        Assert.Equal((RegisterOutcome.Held, "10.0.0.1:1001"), (refused.Outcome, refused.Other));
        Assert.Equal((1001u, revision), (_fixture.Find()!.Port, _fixture.Registry.State.Revision));
        Assert.False(first.TakenOver.IsCancellationRequested);

        Assert.Equal("10.0.0.1:1002", Told(first));
        // Once.
        Assert.Equal("", Told(first));
    }

    [Fact]
    public void One_that_wants_to_take_over_does_and_the_other_is_told_by_whom()
    {
        var first = _fixture.Register(Of("one", 1001));
        var second = _fixture.Register(Of("two", 1002, takeOver: true));
        Assert.Equal(1002u, _fixture.Find()!.Port);
        Assert.True(first.TakenOver.IsCancellationRequested);
        Assert.Equal(
            "another process, at 10.0.0.1:1002, has taken over instance 'orders-1' of 'orders' from this one, at 10.0.0.1:1001", first.TakenOverBy);
        Assert.Equal(RegisterOutcome.LeaseOver, _fixture.Heartbeat(first));
        Assert.Equal(RegisterOutcome.LeaseOver, _fixture.Register(Of("one", 1001), first));
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(second));
        // The one that has lost it does not get it back by coming again.
        Assert.Equal(RegisterOutcome.Held, _fixture.Register(Of("one", 1001), new LeaseHolder()));
    }

    [Fact]
    public void The_same_process_on_a_new_stream_has_its_lease()
    {
        var first = _fixture.Register(Of("one", 1001));
        var again = _fixture.Register(Of("one", 1001));
        Assert.True(first.TakenOver.IsCancellationRequested);
        Assert.Equal("a newer stream has taken the lease over", first.TakenOverBy);
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(again));
    }

    [Fact]
    public void When_the_holders_stream_is_broken_the_newcomer_has_the_lease_without_a_gap()
    {
        var first = _fixture.Register(Of("one", 1001));
        _fixture.Registry.Release(first);
        var second = _fixture.Register(Of("two", 1002));
        Assert.Equal(1002u, _fixture.Find()!.Port);
        Assert.Equal(RegisterOutcome.Held, _fixture.Register(Of("one", 1001), new LeaseHolder()));
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(second));
    }

    [Fact]
    public void A_holder_that_vanished_without_a_word_keeps_its_lease_for_one_ttl()
    {
        _fixture.Register(Of("one", 1001));
        _fixture.Pass(RegistryFixture.Ttl - TimeSpan.FromMilliseconds(10));
        Assert.Equal(RegisterOutcome.Held, _fixture.Register(Of("two", 1002), new LeaseHolder()));
        _fixture.Pass(TimeSpan.FromMilliseconds(10));
        _fixture.Register(Of("two", 1002));
        Assert.Equal(1002u, _fixture.Find()!.Port);
    }

    [Fact]
    public void After_a_restart_the_store_knows_whose_it_was_and_whoever_comes_first_has_it()
    {
        _fixture.Register(Of("one", 1001));
        using var restarted = new RegistryFixture(time: _fixture.Time, store: _fixture.Store);
        restarted.Register(Of("two", 1002));
        Assert.Equal(RegisterOutcome.Held, restarted.Register(Of("one", 1001), new LeaseHolder()));
    }

    [Theory]
    [InlineData(false, "one", "two", false, LeaseClaim.Verdict.Free)]
    [InlineData(true, "one", "one", false, LeaseClaim.Verdict.Own)]
    [InlineData(false, "one", "one", false, LeaseClaim.Verdict.Own)]
    [InlineData(true, "one", "two", false, LeaseClaim.Verdict.Refused)]
    [InlineData(true, "one", "two", true, LeaseClaim.Verdict.TakenOver)]
    [InlineData(true, "", "two", false, LeaseClaim.Verdict.Own)]
    [InlineData(true, "one", "", false, LeaseClaim.Verdict.Own)]
    [InlineData(true, "", "", false, LeaseClaim.Verdict.Own)]
    public void Whose_the_lease_is(bool isHeld, string holder, string claimant, bool takeOver, object verdict) =>
        Assert.Equal(verdict, LeaseClaim.Decide(isHeld, holder, claimant, takeOver));

    private string Told(LeaseHolder holder)
    {
        var answer = _fixture.Registry.HeartbeatAsync(holder, Make.Heartbeat()).AsTask();
        Assert.True(answer.IsCompletedSuccessfully);
        return new ValueTask<RegisterAnswer>(answer).Result.Other;
    }

    private static Registration Of(string incarnation, uint port, bool takeOver = false)
    {
        var registration = Make.Registration(port: port);
        registration.Incarnation = incarnation;
        registration.TakeOver = takeOver;
        return registration;
    }
}
