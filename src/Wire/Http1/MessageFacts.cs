namespace Mesh.Wire.Http1;

/// <summary>What a head says of its message's framing and of its connection.</summary>
internal struct MessageFacts
{
    /// <summary>0 or 1; 1.2 and above count as 1 (RFC 9110 section 6.2).</summary>
    public int MinorVersion;

    /// <summary>A response's; 0 in a request.</summary>
    public int Status;

    /// <summary>The bytes of the body if <see cref="Framing"/> is <see cref="BodyFraming.Length"/>, else 0.</summary>
    public long Length;

    /// <summary>How the body ends.</summary>
    public BodyFraming Framing;

    /// <summary>The peer wants another message to follow, and that one can be found (RFC 9112 section 9.3). Never so where a tunnel begins.</summary>
    public bool KeepsAlive;

    /// <summary>
    /// A response's: after how many seconds without a request the server closes; <see cref="KeepAliveTimeout.None"/> if it does not say.
    /// </summary>
    public int KeepAliveSeconds;

    /// <summary>
    /// A request of HTTP/1.1 with a body that waits for a 100 (RFC 9110 section 10.1.1). The field stays in the list: it is the app's
    /// to answer.
    /// </summary>
    public bool ExpectsContinue;

    /// <summary>
    /// A request of HTTP/1.1 that asks to change the protocol, or the 101 that grants it (RFC 9110 section 7.8). Then, and only then,
    /// the field <c>upgrade</c> stays in the list.
    /// </summary>
    public bool Upgrades;

    /// <summary>The request is a HEAD, or the response is to one.</summary>
    public bool IsHead;

    /// <summary>The request is a CONNECT, or the response is to one.</summary>
    public bool IsConnect;

    /// <summary>A response before the final one (1xx but for 101): another head follows.</summary>
    public readonly bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>A response after which the bytes are no longer HTTP's: a 101, or a 2xx to CONNECT.</summary>
    public readonly bool BeginsTunnel => Status == 101 || (IsConnect && Status is >= 200 and < 300);

    /// <summary>Whether bytes of a body, or its end, are still to come.</summary>
    public readonly bool HasBody => Framing != BodyFraming.None && (Framing != BodyFraming.Length || Length > 0);
}
