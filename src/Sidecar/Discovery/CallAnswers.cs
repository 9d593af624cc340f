using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Answers what a control plane asks of the calls that are remembered, beside all else that is said on the stream. A few at a time: who asks
/// for more than is answered gets nothing for the rest.
/// </summary>
/// <param name="recall">Finds them; null if none are remembered.</param>
/// <param name="outgoing">Takes the answers.</param>
internal sealed class CallAnswers(Func<Api.CallQuery, Task<Api.SidecarCalls>>? recall, Outgoing outgoing)
{
    private const int MostAtOnce = 4;

    private int _underWay;

    public void Ask(IReadOnlyList<Api.CallQuestion> questions)
    {
        foreach (var question in questions)
        {
            if (recall is null || Interlocked.Increment(ref _underWay) > MostAtOnce)
            {
                if (recall is not null)
                {
                    Interlocked.Decrement(ref _underWay);
                }

                continue;
            }

            _ = AnswerAsync(question);
        }
    }

    private async Task AnswerAsync(Api.CallQuestion question)
    {
        try
        {
            // On another thread: what is remembered is read through.
            var calls = await Task.Run(() => recall!(question.Query ?? new Api.CallQuery()));
            outgoing.Add(new Api.DiscoveryRequest { Calls = new Api.CallAnswer { Id = question.Id, Calls = calls } });
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
