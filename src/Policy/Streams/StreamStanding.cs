namespace Mesh.Policy.Streams;

/// <summary>How a call of gRPC stands at a moment, as far as it matters for its end.</summary>
public readonly record struct StreamStanding
{
    /// <summary>Its answer has begun, or its request has not ended: what waits for a single answer is none, however long it takes.</summary>
    public bool IsStream { get; init; }

    /// <summary>Nothing of a message is with the caller whose rest is not.</summary>
    public bool IsAnswerBetweenMessages { get; init; }

    /// <summary>Nothing of a message is with the server whose rest is not.</summary>
    public bool IsRequestBetweenMessages { get; init; }

    /// <summary>The caller has said all.</summary>
    public bool IsRequestEnded { get; init; }

    /// <summary>Bytes wait here, for either side to take them.</summary>
    public bool IsHeld { get; init; }

    /// <summary>A message of the answer goes out in this moment, so that nothing can have followed from it yet.</summary>
    public bool IsAnswerJustCome { get; init; }

    /// <summary>Messages of the request so far.</summary>
    public long Requests { get; init; }

    /// <summary>Messages of the answer so far.</summary>
    public long Answers { get; init; }

    /// <summary>When the last piece of the request came, in ticks; the stream's beginning if none did.</summary>
    public long LastRequestAt { get; init; }

    /// <summary>The same of the answer.</summary>
    public long LastAnswerAt { get; init; }
}
