using Mesh.Cli.Load;

namespace Mesh.Cli.Tests.Load;

public sealed class CallLogTests
{
    private readonly CallLog _log = new();

    [Fact]
    public async Task A_number_of_calls_is_reached_by_those_that_failed_too()
    {
        var reached = _log.ReachedAsync(2);
        _log.Succeeded(CallKind.GetUser, TimeSpan.Zero);
        Assert.False(reached.IsCompleted);
        _log.Failed(CallKind.Chat, TimeSpan.Zero, "why");
        await reached.WaitAsync(Built.Limit);
        Assert.True(_log.ReachedAsync(2).IsCompleted);
        Assert.False(_log.ReachedAsync(3).IsCompleted);
    }

    [Fact]
    public void Taking_the_figures_does_not_undo_what_was_recorded()
    {
        _log.Succeeded(CallKind.GetUser, TimeSpan.Zero);
        Assert.Single(_log.Take());
        Assert.Empty(_log.Take());
        Assert.Equal(1, _log.Recorded);
    }
}
