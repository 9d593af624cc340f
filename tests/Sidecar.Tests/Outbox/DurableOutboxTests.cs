using System.Text;
using Mesh.Hosting;
using Mesh.Sidecar.Outbox;
using Mesh.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Outbox;

public sealed class DurableOutboxTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-outbox-");
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _tried = [];

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_kept_is_handed_on_in_order_once_somebody_takes_it()
    {
        using var outbox = Open();
        Assert.Equal([OutboxAnswer.Kept, OutboxAnswer.Kept, OutboxAnswer.Kept], await KeepAsync(outbox, "a", "b", "c"));
        var isAway = true;
        var running = outbox.RunAsync((content, _) => Task.FromResult(Try(content, isAway ? OutboxDelivered.Later : OutboxDelivered.Yes)), _stop.Token);
        await AdvanceUntilAsync(() => _tried.Count >= 3);
        Assert.All(_tried, tried => Assert.Equal("a", tried));
        isAway = false;
        await AdvanceUntilAsync(() => outbox.Delivered == 3);
        Assert.Equal(["a", "b", "c"], _tried.SkipWhile((_, at) => at < _tried.Count - 3));
        await UntilAsync(() => outbox.Bytes == 0, () => $"{outbox.Bytes} bytes wait");

        Assert.Equal([OutboxAnswer.Kept], await KeepAsync(outbox, "d"));
        await AdvanceUntilAsync(() => outbox.Delivered == 4);
        Assert.Equal("d", _tried[^1]);
        await EndAsync(running);
    }

    [Fact]
    public async Task What_is_refused_for_good_does_not_hold_up_the_next()
    {
        using var outbox = Open();
        await KeepAsync(outbox, "bad", "good");
        var running = outbox.RunAsync((content, _) => Task.FromResult(Try(content, Encoding.UTF8.GetString(content) == "bad" ? OutboxDelivered.Never : OutboxDelivered.Yes)), _stop.Token);
        await AdvanceUntilAsync(() => outbox.Delivered == 1);
        Assert.Equal(["bad", "good"], _tried);
        Assert.Equal(1, outbox.Refused);
        await EndAsync(running);
    }

    [Fact]
    public async Task Another_process_goes_on_where_the_first_one_was_killed()
    {
        using (var outbox = Open())
        {
            await KeepAsync(outbox, "a", "b");
            var taken = new TaskCompletionSource<OutboxDelivered>();
            var running = outbox.RunAsync((content, _) => Try(content, default) == default && _tried.Count == 1 ? Task.FromResult(OutboxDelivered.Yes) : taken.Task, _stop.Token);
            await UntilAsync(() => _tried.Count == 2, () => "the second is under way");
            // Killed here: what was handed on is not noted yet, and comes again.
            taken.SetCanceled();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        _tried.Clear();
        using var next = Open();
        var again = next.RunAsync((content, _) => Task.FromResult(Try(content, OutboxDelivered.Yes)), _stop.Token);
        await UntilAsync(() => next.Delivered == 2, () => "both are handed on");
        Assert.Equal(["a", "b"], _tried);
        await EndAsync(again);
    }

    [Fact]
    public async Task More_than_may_wait_is_refused_and_taken_again_when_there_is_room()
    {
        using var outbox = Open(limit: 100);
        Assert.Equal([OutboxAnswer.Kept], await KeepAsync(outbox, new string('x', 80)));
        Assert.Equal([OutboxAnswer.Full], await KeepAsync(outbox, new string('y', 20)));
        var running = outbox.RunAsync((content, _) => Task.FromResult(Try(content, OutboxDelivered.Yes)), _stop.Token);
        await UntilAsync(() => outbox.Bytes == 0, () => $"{outbox.Bytes} bytes wait");
        Assert.Equal([OutboxAnswer.Kept], await KeepAsync(outbox, new string('y', 20)));
        await EndAsync(running);
    }

    private DurableOutbox Open(long limit = 1024 * 1024)
    {
        var log = new Log(LogLevel.Information, TextWriter.Null, _time);
        return new DurableOutbox(OutboxLog.Open(_folder.FullName, limit, log), _time, new Random(1), log);
    }

    private OutboxDelivered Try(byte[] content, OutboxDelivered answer)
    {
        _tried.Add(Encoding.UTF8.GetString(content));
        return answer;
    }

    private static async Task<OutboxAnswer[]> KeepAsync(DurableOutbox outbox, params string[] contents)
    {
        List<OutboxAnswer> answers = [];
        foreach (var content in contents)
        {
            answers.Add(await outbox.KeepAsync(Encoding.UTF8.GetBytes(content)));
        }

        return [.. answers];
    }

    private Task AdvanceUntilAsync(Func<bool> isSo) => UntilAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return isSo();
        },
        () => string.Join(' ', _tried));

    private static Task UntilAsync(Func<bool> isSo, Func<string> what) => Condition.HoldsAsync(() => Task.FromResult(isSo()), what, TimeSpan.FromMinutes(1));

    private async Task EndAsync(Task running)
    {
        await _stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
