namespace Mesh.Messaging.Delivering;

/// <summary>Where a message of a queue or a group stands. The numbers are stored.</summary>
public enum Phase
{
    /// <summary>The next who claims may have it.</summary>
    Ready = 0,

    /// <summary>Somebody has it.</summary>
    Leased = 1,

    /// <summary>It was handed back, to be delivered again later.</summary>
    Retrying = 2,

    /// <summary>It stands behind another one of its key.</summary>
    Waiting = 3,

    /// <summary>It was published to be delivered later.</summary>
    Scheduled = 4,

    /// <summary>It was delivered as often as may be, and nobody acknowledged it.</summary>
    Dead = 5,
}
