using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;

namespace Mesh.ControlPlane.Broker;

/// <summary>
/// A subscriber that gets all: a place in the log, and what it can take. Holds no more than a page of the log; what it does not take
/// stays there. One task.
/// </summary>
/// <param name="engine">Has the log.</param>
/// <param name="filter">Which events.</param>
/// <param name="credit">What it can take.</param>
internal sealed class PlainSubscription(IMessageEngine engine, EventFilter filter, CreditAccount credit)
{
    private const int PageEvents = 100;
    private const long PageBytes = 256 * 1024;

    /// <summary>Goes on until it is cancelled, or no more can be taken.</summary>
    /// <param name="after">Begins behind this sequence.</param>
    /// <param name="write">Takes an event; completes when there is room for the next.</param>
    /// <param name="missed">Told of a gap: where it was, and where the log begins now.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(long after, Func<StoredMessage, Task> write, Func<long, long, Task> missed, CancellationToken cancellation)
    {
        while (await credit.WaitAsync(cancellation))
        {
            var count = (int)Math.Min(credit.Messages, PageEvents);
            var page = (await engine.ReadAsync(after, filter, count, Math.Min(credit.Bytes, PageBytes))).OrThrow();
            if (after != 0 && page.Oldest > after + 1)
            {
                await missed(after, page.Oldest);
            }

            foreach (var stored in page.Events)
            {
                await write(stored);
                credit.Spend(stored.Message.Data.Length);
            }

            after = page.Next;
            if (page.Events.Count == 0 && !page.IsMore)
            {
                await engine.WaitForEventsAsync(after, cancellation);
            }
        }
    }

    /// <summary>Where a subscription begins.</summary>
    /// <exception cref="RpcException">There is no such place.</exception>
    public static async Task<long> FindAsync(IMessageEngine engine, V1.StartPosition? start) => start?.AtCase switch
    {
        V1.StartPosition.AtOneofCase.AfterSequence => start.AfterSequence >= 0 ? start.AfterSequence
            : throw Faults.Invalid("start.after_sequence: must not be negative"),
        V1.StartPosition.AtOneofCase.Time => (await engine.PositionAtAsync(Times.Read(start.Time, "start.time")!.Value)).OrThrow(),
        _ => engine.LastSequence,
    };
}
