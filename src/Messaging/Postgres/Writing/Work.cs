using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Something that waits in a lane for its transaction, which it shares with others.</summary>
internal abstract class Work(long bytes)
{
    /// <summary>What it holds while it waits.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Its transaction is on the server's disk: whoever waits is answered.</summary>
    public abstract void Answer();

    public abstract void Refuse(Refusal why);
}
