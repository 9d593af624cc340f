namespace Mesh.Sidecar.Outbox;

/// <summary>What became of a record that was handed on.</summary>
internal enum OutboxDelivered
{
    /// <summary>It is where it belongs.</summary>
    Yes,

    /// <summary>Nobody took it, and it is to be tried again.</summary>
    Later,

    /// <summary>It was refused for good; whoever refused it has been told of, and it does not hold up what stands behind it.</summary>
    Never,
}
