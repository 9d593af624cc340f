using System.Collections.Concurrent;
using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Asking;

/// <summary>
/// Asks all sidecars whose streams are here what they remember of calls, and gathers what they answer. Any thread; what is held is
/// bounded by how many questions are under way and by how much each may gather.
/// </summary>
internal sealed class CallQuestions(NodeStreams streams, TimeProvider time)
{
    /// <summary>Each may gather megabytes.</summary>
    public const int MostAtOnce = 8;

    /// <summary>Who has not answered by then is named, and not waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, CallGathering> _underWay = new();
    private long _lastId;
    private int _count;

    /// <summary>Asks, and waits until all have answered, but no longer than <see cref="Patience"/>.</summary>
    /// <returns>Null if too many questions are under way.</returns>
    public async Task<FindCallsResponse?> AskAsync(CallQuery query, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _count) > MostAtOnce)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var id = Interlocked.Increment(ref _lastId);
        var gathering = new CallGathering(streams.All);
        _underWay[id] = gathering;
        try
        {
            gathering.Ask(new CallQuestion { Id = id, Query = query });
            await gathering.Whole.WaitAsync(Patience, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            return gathering.Close();
        }
        finally
        {
            _underWay.TryRemove(id, out _);
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>A sidecar has answered. What nobody has asked it, or waits for any more, is not minded.</summary>
    public void OnAnswer(NodeStream stream, CallAnswer answer)
    {
        if (answer.Calls is { } calls && _underWay.TryGetValue(answer.Id, out var gathering))
        {
            gathering.Add(stream, calls);
        }
    }
}
