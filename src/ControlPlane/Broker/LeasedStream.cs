using Mesh.ControlPlane.Api;
using Mesh.Messaging;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.ControlPlane.Broker;

/// <summary>
/// One consumer of a queue, or member of a group: claims what it can take, and knows what it has not acknowledged. One task runs it,
/// another settles.
/// </summary>
/// <param name="engine">Has the backlog.</param>
/// <param name="name">Of what.</param>
/// <param name="holder">Its name among consumers; of this stream alone.</param>
/// <param name="credit">What it can take.</param>
/// <param name="lease">How long it may keep each; null is as long as the backlog says.</param>
internal sealed class LeasedStream(IMessageEngine engine, BacklogName name, string holder, CreditAccount credit, TimeSpan? lease)
{
    /// <summary>Unacknowledged ones of a stream: beyond that it gets no more until it says what became of them.</summary>
    public const int MostHeld = 10_000;

    // Of one claim, which is in memory until it is written.
    private const int MostClaimed = 100;
    private const long MostClaimedBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<LeaseToken> _held = [];
    private TaskCompletionSource? _full;

    /// <summary>Goes on until it is cancelled, or the backlog is gone.</summary>
    /// <param name="write">Takes a delivery; completes when there is room for the next.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(Func<Delivery, Task> write, CancellationToken cancellation)
    {
        while (await credit.WaitAsync(cancellation))
        {
            var room = await RoomAsync(cancellation);
            var claim = new Claim
            {
                Holder = holder,
                Count = (int)Math.Min(Math.Min(credit.Messages, MostClaimed), room),
                Bytes = Math.Min(credit.Bytes, MostClaimedBytes),
                Lease = lease,
            };
            var claimed = (await engine.ClaimAsync(name, claim)).OrThrow();
            foreach (var delivery in claimed.Deliveries)
            {
                Hold(delivery.Token);
                await write(delivery);
                credit.Spend(delivery.Message.Message.Data.Length);
            }

            cancellation.ThrowIfCancellationRequested();
            if (claimed.Deliveries.Count == 0 && !claimed.IsMore)
            {
                await engine.WaitForReadyAsync(name, cancellation);
            }
        }
    }

    /// <summary>Done.</summary>
    /// <returns>Those whose lease was over.</returns>
    public async Task<V1.Settled> AckAsync(IReadOnlyList<string> said)
    {
        var tokens = QueueForm.Tokens(said);
        var held = (await engine.AckAsync(name, tokens)).OrThrow();
        Forget(tokens);
        return QueueForm.Lost(said, held);
    }

    /// <summary>Not done.</summary>
    /// <returns>Those whose lease was over.</returns>
    public async Task<V1.Settled> NackAsync(V1.HandBack said)
    {
        var tokens = QueueForm.Tokens(said.Tokens);
        var held = (await engine.NackAsync(name, tokens, Times.Read(said.Delay, "nack.delay") ?? TimeSpan.Zero, said.Reason)).OrThrow();
        Forget(tokens);
        return QueueForm.Lost(said.Tokens, held);
    }

    /// <summary>Still at work.</summary>
    /// <returns>Those whose lease was over.</returns>
    public async Task<V1.Settled> ExtendAsync(V1.ExtendLease said) => QueueForm.Lost(
        said.Tokens, (await engine.ExtendAsync(name, QueueForm.Tokens(said.Tokens), Times.Read(said.Lease, "extend.lease"))).OrThrow());

    /// <summary>The consumer is gone. What it has goes back: uncounted if it has said so, else as one more delivery.</summary>
    public async Task EndAsync(bool isOrderly)
    {
        LeaseToken[] left;
        lock (_lock)
        {
            left = isOrderly ? [] : [.. _held];
        }

        if (left.Length != 0)
        {
            await engine.NackAsync(name, left, TimeSpan.Zero, "its consumer went without a word");
        }

        // Those that were claimed and not written, too.
        await engine.ReturnAsync(holder);
    }

    /// <summary>A name for a stream's leases, by which people know whose they are.</summary>
    public static string HolderOf(Publisher consumer) => $"{consumer.Source}/{Guid.NewGuid().ToString("n")[..12]}";

    private async ValueTask<int> RoomAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                if (_held.Count < MostHeld)
                {
                    return MostHeld - _held.Count;
                }

                freed = (_full ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await freed.WaitAsync(cancellation);
        }
    }

    private void Hold(LeaseToken token)
    {
        lock (_lock)
        {
            _held.Add(token);
        }
    }

    private void Forget(IReadOnlyList<LeaseToken> tokens)
    {
        lock (_lock)
        {
            foreach (var token in tokens)
            {
                _held.Remove(token);
            }

            _full?.TrySetResult();
            _full = null;
        }
    }
}
