using Mesh.Hosting;
using Mesh.Sidecar.Tests.Discovery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests;

public sealed class BackgroundTasksTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ToldText _told = new();
    private readonly BackgroundTasks _tasks;
    private int _runs;

    public BackgroundTasksTests() => _tasks = new BackgroundTasks(_time, new Log(LogLevel.Information, _told, _time));

    public void Dispose() => _tasks.Dispose();

    [Theory]
    [InlineData(true, "discovery has ended and begins again: No space left on device")]
    [InlineData(false, "discovery has ended and begins again: it was done before its time")]
    public async Task One_that_throws_or_ends_begins_again_and_is_shown_until_it_has_run_for_a_while(bool throws, string shown)
    {
        _tasks.Run("discovery", async stop =>
        {
            if (Interlocked.Increment(ref _runs) > 2)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            }

            if (throws)
            {
                throw new IOException("No space left on device");
            }
        });
        await Wait.UntilAsync(() => _tasks.Ended.Count > 0);
        Assert.Equal([shown], _tasks.Ended);
        await AdvanceUntilAsync(() => Volatile.Read(ref _runs) == 3);
        Assert.Equal([shown], _tasks.Ended);
        await AdvanceUntilAsync(() => _tasks.Ended.Count == 0);
        Assert.Equal(2, _told.ToString().Split("a defect of ours").Length - 1);
        await _tasks.EndAsync();
    }

    [Fact]
    public async Task One_that_may_end_is_left_alone()
    {
        _tasks.Run("registration", _ => Task.FromResult(Interlocked.Increment(ref _runs)), mayEnd: true);
        await Wait.UntilAsync(() => Volatile.Read(ref _runs) == 1);
        await _tasks.EndAsync();
        Assert.Empty(_tasks.Ended);
        Assert.Equal(1, _runs);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    });
}
