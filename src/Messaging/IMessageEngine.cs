using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging;

/// <summary>
/// Keeps a log of events, groups that share it, and queues. What is answered as done stays done, whatever happens to the process or the
/// machine. Any thread; disposed by whoever opened it, when nobody calls it any more.
/// </summary>
/// <remarks>
/// A queue and a group are the same thing, a backlog: messages that are claimed, acknowledged, handed back, buried and redriven. A queue has
/// messages of its own; a group takes them from the log, one by one, as they are claimed. What cannot be done is answered by a
/// <see cref="Refusal"/>: <see cref="RefusalKind.NotFound"/> names what there is, <see cref="RefusalKind.ResourceExhausted"/> the limit.
/// </remarks>
public interface IMessageEngine : IAsyncDisposable
{
    /// <summary>Null while all can be stored; else why not, in one line.</summary>
    string? Fault { get; }

    /// <summary>What was found damaged since the start, a line each, the first 100 of them.</summary>
    IReadOnlyList<string> Damages { get; }

    /// <summary>The sequence of the newest event; 0 if there has been none.</summary>
    long LastSequence { get; }

    /// <summary>Adds events to the log, all or none, one behind the other.</summary>
    /// <param name="events">One or more. One that has an id which its source has used within the last ten minutes is answered as it was then.</param>
    Task<Outcome<IReadOnlyList<AppendedEvent>>> AppendAsync(IReadOnlyList<Message> events);

    /// <summary>Reads on in the log.</summary>
    /// <param name="after">The last sequence that was seen; 0 for the beginning.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="count">Events at most, 1 to 1,000.</param>
    /// <param name="bytes">Bytes of content at most; one event is given whatever its size.</param>
    Task<Outcome<EventPage>> ReadAsync(long after, EventFilter filter, int count, long bytes);

    /// <summary>A page of the history.</summary>
    Task<Outcome<EventPage>> QueryAsync(EventQuery query);

    /// <summary>The last sequence that was taken before a time; 0 if there is none.</summary>
    Task<Outcome<long>> PositionAtAsync(DateTimeOffset time);

    /// <summary>Completes once there is an event behind a sequence.</summary>
    Task WaitForEventsAsync(long after, CancellationToken cancellation);

    /// <summary>How much of a type's history is kept.</summary>
    Task<Outcome<Retention>> SetRetentionAsync(string type, Retention retention);

    /// <summary>Makes a group, or finds the one that is there; its rules are set to those that are given.</summary>
    Task<Outcome<Backlog>> CreateGroupAsync(string name, GroupOptions options);

    /// <summary>Makes a queue, or finds the one that is there if it has the same options.</summary>
    Task<Outcome<Backlog>> CreateQueueAsync(string name, QueueOptions options);

    /// <summary>Sets what a queue is like from now on.</summary>
    Task<Outcome<Backlog>> ConfigureQueueAsync(string name, QueueOptions options);

    /// <summary>Removes a queue with all its messages, or a group with all that it has still to deliver.</summary>
    Task<Outcome<Backlog>> DeleteAsync(BacklogName name);

    /// <summary>All queues or groups, by name.</summary>
    IReadOnlyList<Backlog> List(BacklogKind kind);

    /// <summary>Adds messages to a queue, all or none.</summary>
    Task<Outcome<IReadOnlyList<Published>>> PublishAsync(string queue, IReadOnlyList<QueueMessage> messages);

    /// <summary>Hands out what is ready.</summary>
    Task<Outcome<Claimed>> ClaimAsync(BacklogName name, Claim claim);

    /// <summary>Completes once it is worth while to claim.</summary>
    /// <param name="name">If it is not there, or goes, the wait ends as well.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task WaitForReadyAsync(BacklogName name, CancellationToken cancellation);

    /// <summary>Messages are done, and go.</summary>
    /// <returns>For each token whether its lease still held. If not, the message may be with another consumer, or done.</returns>
    Task<Outcome<IReadOnlyList<bool>>> AckAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens);

    /// <summary>Messages are not done: they are delivered again, or are dead letters if they were delivered as often as may be.</summary>
    /// <param name="name">Of what.</param>
    /// <param name="tokens">Of which deliveries.</param>
    /// <param name="delay">Not again earlier, 0 to 365 days.</param>
    /// <param name="reason">Kept with it; what exceeds 1,024 characters is cut off.</param>
    /// <returns>As <see cref="AckAsync"/>.</returns>
    Task<Outcome<IReadOnlyList<bool>>> NackAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan delay, string reason);

    /// <summary>Leases begin anew.</summary>
    /// <param name="name">Of what.</param>
    /// <param name="tokens">Of which deliveries.</param>
    /// <param name="lease">From now on, 1 s to 12 h; default the queue's or group's.</param>
    /// <returns>As <see cref="AckAsync"/>.</returns>
    Task<Outcome<IReadOnlyList<bool>>> ExtendAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan? lease);

    /// <summary>All that one holder has, everywhere, is ready again as if it had not been delivered.</summary>
    /// <returns>How many.</returns>
    Task<Outcome<long>> ReturnAsync(string holder);

    /// <summary>Looks at messages without taking them, oldest first.</summary>
    /// <param name="name">Of what. Of a group those that it has taken from the log, or what is behind its position: <see cref="ReadAsync"/>.</param>
    /// <param name="phase">Those that stand there.</param>
    /// <param name="after">Only those behind this number.</param>
    /// <param name="count">At most, 1 to 1,000.</param>
    Task<Outcome<IReadOnlyList<HeldMessage>>> PeekAsync(BacklogName name, Phase phase, long after, int count);

    /// <summary>Removes what was there when it was called, but what is leased. Of a group: all that it has still to deliver.</summary>
    /// <param name="name">Of what.</param>
    /// <param name="onlyDead">The dead letters alone.</param>
    /// <returns>How many; of a group those only that it had taken from the log.</returns>
    Task<Outcome<long>> PurgeAsync(BacklogName name, bool onlyDead);

    /// <summary>Dead letters are delivered again, with all their deliveries before them.</summary>
    /// <param name="name">Of what.</param>
    /// <param name="count">The oldest, at most; 1 or more.</param>
    /// <returns>How many.</returns>
    Task<Outcome<long>> RedriveAsync(BacklogName name, long count);

    /// <summary>How a queue or a group stands.</summary>
    Task<Outcome<BacklogStats>> StatsAsync(BacklogName name);
}
