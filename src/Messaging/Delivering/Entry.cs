using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Delivering;

/// <summary>One message of a queue or a group, without its content: what decides about its delivery. Times are the engine's milliseconds.</summary>
internal readonly record struct Entry
{
    public required long Id { get; init; }

    /// <summary>The number of the queue or group.</summary>
    public required long BacklogId { get; init; }

    public required Phase Phase { get; init; }

    public int Priority { get; init; }

    /// <summary>How often it was delivered.</summary>
    public int Attempts { get; init; }

    public string? Key { get; init; }

    /// <summary>When it is ready again; of those that are retrying or scheduled.</summary>
    public long? Due { get; init; }

    /// <summary>From when on it is not delivered any more.</summary>
    public long? Ends { get; init; }

    /// <summary>Its place in the log, if its content is there.</summary>
    public long? Event { get; init; }

    /// <summary>Tells this lease from those before it; of those that are leased.</summary>
    public long? Nonce { get; init; }

    /// <summary>In milliseconds; of those that are leased.</summary>
    public long? Lease { get; init; }

    public string? Holder { get; init; }

    /// <summary>Why it was handed back, or died.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was published.</summary>
    public required long Since { get; init; }

    /// <summary>Others of its key wait for it.</summary>
    public bool HoldsItsKey => Key is not null && Phase is Phase.Ready or Phase.Leased or Phase.Retrying or Phase.Waiting;

    /// <summary>Over all of it.</summary>
    public uint Check()
    {
        var check = new Checksum();
        check.Add(Id);
        check.Add(BacklogId);
        check.Add(((long)Phase << 32) | (uint)Attempts);
        check.Add(Priority);
        check.Add(Key);
        check.Add(Due ?? -1);
        check.Add(Ends ?? -1);
        check.Add(Event ?? -1);
        check.Add(Nonce ?? 0);
        check.Add(Lease ?? -1);
        check.Add(Holder);
        check.Add(Reason);
        check.Add(Since);
        return check.Value;
    }
}
