namespace Mesh.Messaging.Results;

/// <summary>Why an engine does not do what it was asked for.</summary>
public enum RefusalKind
{
    /// <summary>What was named is not there.</summary>
    NotFound,

    /// <summary>The name is taken by something that was made otherwise.</summary>
    AlreadyExists,

    /// <summary>It can never be done as it was asked for.</summary>
    InvalidArgument,

    /// <summary>A limit, which the message names.</summary>
    ResourceExhausted,

    /// <summary>The engine cannot do it now; it may later.</summary>
    Unavailable,

    /// <summary>What was stored cannot be read any more.</summary>
    DataLoss,
}
