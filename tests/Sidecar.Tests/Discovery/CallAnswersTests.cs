using System.Collections.Concurrent;
using Mesh.Sidecar.Discovery;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>A control plane's questions about calls are answered, a few at a time.</summary>
public sealed class CallAnswersTests
{
    [Fact]
    public async Task Each_question_has_its_answer_and_too_many_at_once_have_none()
    {
        var (outgoing, hold) = (new Outgoing(), new TaskCompletionSource());
        var answers = new CallAnswers(
            async query =>
            {
                await hold.Task;
                return new SidecarCalls { Service = query.Service };
            },
            outgoing);
        answers.Ask([.. Enumerable.Range(1, 100).Select(id => new CallQuestion { Id = id, Query = new CallQuery { Service = $"s{id}" } })]);
        hold.SetResult();
        var said = new ConcurrentQueue<CallAnswer>();
        using var end = new CancellationTokenSource();
        var writing = outgoing.WriteAsync(
            request =>
            {
                said.Enqueue(request.Calls);
                return Task.CompletedTask;
            },
            end.Token);
        await Wait.UntilAsync(() => said.Count == 4);
        Assert.Equal([(1L, "s1"), (2L, "s2"), (3L, "s3"), (4L, "s4")], said.Select(answer => (answer.Id, answer.Calls.Service)).Order());

        // There is room again.
        await Wait.UntilAsync(() =>
        {
            answers.Ask([new CallQuestion { Id = 101 }]);
            return said.Any(answer => answer.Id == 101);
        });
        await end.CancelAsync();
        await writing.ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
