namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Step 6: what goes either way while it lasts.</summary>
internal struct CallStream
{
    /// <summary>From the caller.</summary>
    public MessageFlow Requests;

    /// <summary>To the caller.</summary>
    public MessageFlow Answers;

    /// <summary>Since when a moment is looked for to end it, in the loop's ticks; 0 as long as it is not so old.</summary>
    public long LookedFrom;

    /// <summary>It has become so old.</summary>
    public readonly bool IsAging => LookedFrom != 0;
}
