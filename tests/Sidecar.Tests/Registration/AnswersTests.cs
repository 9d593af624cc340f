using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Tests.Discovery;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Registration;

public sealed class AnswersTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly LeaseTimes Lease = new(3 * Limit);

    private readonly FakeTimeProvider _time = new();
    private readonly Answers _answers;

    public AnswersTests() => _answers = new Answers(_time);

    [Fact]
    public void The_answer_to_the_word_that_we_drain_is_found_by_its_place()
    {
        _answers.OnSent(drains: false);
        _answers.OnSent(drains: true);
        Assert.False(_answers.OnReceived());
        Assert.True(_answers.OnReceived());
        Assert.False(_answers.OnReceived()); // to nothing
        Assert.Null(_answers.OldestWaits);
    }

    [Fact]
    public async Task One_that_takes_too_long_is_overdue_though_others_were_sent_since()
    {
        _answers.OnSent(drains: false);
        _answers.OnReceived();
        _answers.OnSent(drains: false);
        var overdue = _answers.OverdueAsync(Lease, CancellationToken.None);
        _time.Advance(Limit / 2);
        _answers.OnSent(drains: false);
        Assert.False(overdue.IsCompleted);
        _time.Advance(Limit / 2);
        Assert.True(await overdue.WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task One_that_answers_later_and_later_has_the_time_it_needs_as_long_as_the_lease_lasts()
    {
        foreach (var seconds in (double[])[1, 2.5, 4, 6, 8])
        {
            _answers.OnSent(drains: false);
            var overdue = _answers.OverdueAsync(Lease, CancellationToken.None);
            for (var tenth = 0; tenth < seconds * 10; tenth++)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                Assert.False(overdue.IsCompleted);
            }

            _answers.OnReceived();
        }

        // A lease is over at 9 s, whatever was before.
        Assert.Equal(Lease.Ttl, _answers.Limit(Lease));
        for (var i = 0; i < 5; i++)
        {
            _answers.OnSent(drains: false);
            _answers.OnReceived();
        }

        Assert.Equal(Limit, _answers.Limit(Lease));
    }

    [Fact]
    public void How_long_the_registration_took_counts_for_the_first_answer()
    {
        _answers.OnTook(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(8), _answers.Limit(Lease));
    }

    [Fact]
    public async Task When_the_process_itself_has_stood_still_what_lies_in_its_sockets_is_read_first()
    {
        _answers.OnSent(drains: false);
        var overdue = _answers.OverdueAsync(Lease, CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(1)); // in one go
        await Wait.UntilAsync(() => _answers.OldestWaits == TimeSpan.Zero);
        Assert.False(overdue.IsCompleted);
        await Wait.UntilAsync(() =>
        {
            _time.Advance(Limit / 10);
            return overdue.IsCompleted;
        });
        Assert.True(await overdue);
    }

    [Fact]
    public async Task Told_to_stop_it_finds_none()
    {
        using var stop = new CancellationTokenSource();
        var overdue = _answers.OverdueAsync(Lease, stop.Token);
        await stop.CancelAsync();
        Assert.False(await overdue.WaitAsync(Wait.Limit));
    }
}
