namespace Mesh.Messaging.Postgres;

/// <summary>How the engine on a PostgreSQL database works.</summary>
public sealed record PostgresOptions
{
    /// <summary>What it takes.</summary>
    public MessagingLimits Limits { get; init; } = new();

    /// <summary>Connections at most, beside the one that hears what others do, 2 to 200; default 12.</summary>
    public int MaxConnections { get; init; } = 12;

    /// <summary>
    /// How often the engine shows the others that it lives, 100 ms to 1 min; default 2 s. One that has not done so for five times as long is dead
    /// to them, and they take over what it has handed out.
    /// </summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(2);
}
