namespace Mesh.Messaging.Delivering;

/// <summary>
/// What becomes of a message: the one place that decides it, for queues and groups of every engine. Each takes the message as it stands and
/// gives the message as it stands then, or null where it is gone. Whether it has to wait for others of its key is a question
/// of its own (<see cref="Enter"/>).
/// </summary>
/// <remarks>
/// <code>
/// published ─► Scheduled ─due─► Ready ◄──────────────── Waiting ◄─ its key is out
///                                 │  ▲                  (the first of its key is told when the one before it is gone or dead)
///                           claim │  │ nack, expiry, return
///                                 ▼  │
///                    ack ◄──── Leased ──nack with a delay─► Retrying ─due─► Ready
///                                 │
///                                 └─ delivered as often as may be ─► Dead ─redrive─► Ready
/// </code>
/// </remarks>
internal static class Transitions
{
    /// <summary>A message comes, is due, or is redriven: it is ready, unless others of its key are there before it.</summary>
    public static Entry Enter(in Entry entry, bool isKeyHeld) =>
        entry with { Phase = entry.Key is not null && isKeyHeld ? Phase.Waiting : Phase.Ready, Due = null };

    public static Entry Claim(in Entry entry, long nonce, string holder, TimeSpan lease) => entry with
    {
        Phase = Phase.Leased,
        Attempts = entry.Attempts + 1,
        Nonce = nonce,
        Holder = holder,
        Lease = (long)lease.TotalMilliseconds,
        Due = null,
    };

    public static Entry Extend(in Entry entry, TimeSpan lease) => entry with { Lease = (long)lease.TotalMilliseconds };

    /// <summary>It is handed back as not done.</summary>
    /// <param name="entry">A leased one.</param>
    /// <param name="rules">Of its queue or group.</param>
    /// <param name="now">The time.</param>
    /// <param name="delay">Not to be delivered earlier.</param>
    /// <param name="reason">Kept with it.</param>
    public static Entry? Nack(in Entry entry, DeliveryRules rules, long now, TimeSpan delay, string reason)
    {
        var free = Free(entry) with { Reason = reason };
        return entry.Attempts >= rules.MaxDeliveries ? Bury(free)
            : IsOver(entry, now) ? null
            : delay > TimeSpan.Zero ? free with { Phase = Phase.Retrying, Due = now + (long)Math.Ceiling(delay.TotalMilliseconds) }
            : free with { Phase = Phase.Ready };
    }

    /// <summary>Who had it has said nothing for as long as its lease.</summary>
    public static Entry? Expire(in Entry entry, DeliveryRules rules, long now) =>
        Nack(entry, rules, now, TimeSpan.Zero, $"its lease ran out at {entry.Holder}");

    /// <summary>Who had it goes away in good order: as if it had never been delivered.</summary>
    public static Entry? Return(in Entry entry, long now) =>
        IsOver(entry, now) ? null : Free(entry) with { Phase = Phase.Ready, Attempts = entry.Attempts - 1 };

    /// <summary>Its content cannot be read: it is not delivered, and not forgotten.</summary>
    public static Entry Condemn(in Entry entry, string damage) => Bury(Free(entry) with { Reason = damage });

    /// <summary>A dead letter gets all its deliveries once more.</summary>
    public static Entry Redrive(in Entry entry, bool isKeyHeld) => Enter(entry with { Attempts = 0, Reason = null }, isKeyHeld);

    /// <summary>Whether its time is over. Who has it may keep it as long as the lease lasts.</summary>
    public static bool IsOver(in Entry entry, long now) => entry.Ends <= now;

    private static Entry Free(in Entry entry) => entry with { Nonce = null, Holder = null, Lease = null };

    // A dead letter is for people: it stays until they have looked at it.
    private static Entry Bury(in Entry entry) => entry with { Phase = Phase.Dead, Due = null, Ends = null };
}
