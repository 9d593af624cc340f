using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>A rule that a peer broke. After it nobody knows where the peer's next message begins: the connection must end.</summary>
/// <param name="Status">What a server answers with; 0 is nothing. What a client makes of a server's fault is 502, whatever this says.</param>
/// <param name="Kind">What it counts as.</param>
/// <param name="Text">One line that says what is wrong.</param>
internal sealed record Http1Fault(int Status, ProtocolViolation Kind, string Text)
{
    // RFC 9112 section 2.2
    public static readonly Http1Fault BadLineEnd = Malformed("a line of the head does not end with CR LF, or has a NUL, a CR or an LF in it");
    public static readonly Http1Fault EmptyLines = Malformed("there are too many empty lines before the request line");

    // Section 3
    public static readonly Http1Fault BadRequestLine = Malformed("the request line is not METHOD, space, target, space, HTTP/1.1");
    public static readonly Http1Fault NotHttp = new(0, ProtocolViolation.MalformedMessage, "what has come is not HTTP");
    public static readonly Http1Fault BadMethod = Malformed("the method is not a token");
    public static readonly Http1Fault BadTarget = Malformed("the target is not one that the method can have");
    public static readonly Http1Fault NotHttpTarget = Malformed("the target's scheme is not http");
    public static readonly Http1Fault HttpsTarget = new(421, ProtocolViolation.MalformedMessage, "the target's scheme is https, and this is a cleartext port");
    public static readonly Http1Fault VersionNotSupported = new(505, ProtocolViolation.MalformedMessage, "the version is not HTTP/1.0 or HTTP/1.1");
    public static readonly Http1Fault NoHost = Malformed("there is no host");
    public static readonly Http1Fault SeveralHosts = Malformed("there are several hosts");
    public static readonly Http1Fault BadHost = Malformed("the host is not a host with or without a port");
    public static readonly Http1Fault ConnectWithBody = Malformed("a CONNECT has a body");

    // Section 4
    public static readonly Http1Fault BadStatusLine = Malformed("the status line is not HTTP/1.1, space, three digits, space, reason");
    public static readonly Http1Fault UnaskedUpgrade = Malformed("the protocol is changed, and nobody has asked for it");

    // Section 5
    public static readonly Http1Fault NoColon = Malformed("a field has no colon");
    public static readonly Http1Fault BadName = Malformed("a field's name is empty, or has a character that no name has");
    public static readonly Http1Fault Folded = Malformed("a field is folded over lines");
    public static readonly Http1Fault TargetTooLong = TooLarge(414, "the target is longer than we allow");
    public static readonly Http1Fault HeadTooLarge = TooLarge(431, "the fields are larger or more than we allow");
    public static readonly Http1Fault TooManyOptions = TooLarge(431, "the connection has more options than we allow");

    // Section 6
    public static readonly Http1Fault BadLength = Malformed("the content length is not a number, or there are several");
    public static readonly Http1Fault LengthAndCoding = Malformed("there are a content length and a transfer coding");
    public static readonly Http1Fault BadCoding = Malformed("the last transfer coding is not chunked, or chunked comes twice");
    public static readonly Http1Fault UnknownCoding = new(501, ProtocolViolation.MalformedMessage, "there is a transfer coding other than chunked");

    // Section 7
    public static readonly Http1Fault BadChunk = Malformed("a chunk's size is not a number, or its end is not where it should be");
    public static readonly Http1Fault ChunkTooLarge = Malformed("a chunk's size is beyond 63 bits");
    public static readonly Http1Fault ExtensionsTooLarge = Malformed("the chunks' extensions are longer than we allow");
    public static readonly Http1Fault BadTrailer = Malformed("a field that frames or routes a message is a trailer");

    private static Http1Fault Malformed(string text) => new(400, ProtocolViolation.MalformedMessage, text);

    private static Http1Fault TooLarge(int status, string text) => new(status, ProtocolViolation.HeadersTooLarge, text);
}
