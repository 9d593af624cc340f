namespace Mesh.Sidecar.Flow.Messages;

/// <summary>What is filled in where a message of the table of reasons has a word in braces.</summary>
internal enum MessageSlot
{
    /// <summary>Nothing: the text ends the message.</summary>
    End,

    /// <summary>The endpoint that was tried last.</summary>
    Endpoint,

    /// <summary>How often the call was tried.</summary>
    Attempts,

    /// <summary>The limit that was reached: a time, a number or a size.</summary>
    Limit,

    /// <summary>How long to wait before another try.</summary>
    Wait,

    /// <summary>How much of the limit is used.</summary>
    Used,

    /// <summary>Why, in words that somebody else found.</summary>
    Why,

    /// <summary>Why none of the endpoints can be used.</summary>
    Unusable,

    /// <summary>What has not come of the answer.</summary>
    Missing,

    /// <summary>What the endpoint was spoken to in.</summary>
    Protocol,

    /// <summary>The endpoint's HTTP status.</summary>
    Status,

    /// <summary>The service that the caller asked for.</summary>
    Service,

    /// <summary>The route's name.</summary>
    Route,

    /// <summary>Where the route leads.</summary>
    Target,
}
