namespace Mesh.Messaging.Postgres.State;

/// <summary>As whom this engine leases. The others may have thought it dead: it is another one then.</summary>
internal sealed class Self
{
    private long _id;

    public long Id
    {
        get => Volatile.Read(ref _id);
        set => Volatile.Write(ref _id, value);
    }
}
