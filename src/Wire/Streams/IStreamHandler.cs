using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Streams;

/// <summary>
/// What is told about one stream. All calls come on the connection's loop; spans and header lists are valid during the
/// call only. Whatever a peer sends arrives here as a call, never as an exception.
/// </summary>
public interface IStreamHandler
{
    /// <summary>Client role: a 1xx response; the real one follows.</summary>
    void OnInterim(MessageStream stream, HeaderList headers);

    /// <summary>Client role: the response's head.</summary>
    void OnHeaders(MessageStream stream, HeaderList headers, bool endStream);

    /// <summary>
    /// A piece of the body. The peer may send as much again only when the handler has returned the bytes with
    /// <see cref="MessageStream.ReturnCredit"/>, now or later.
    /// </summary>
    void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream);

    /// <summary>Trailers; they end the stream in this direction.</summary>
    void OnTrailers(MessageStream stream, HeaderList trailers);

    /// <summary>
    /// So many bytes of what <see cref="MessageStream.Write(ReadOnlySpan{byte}, bool)"/> had to keep are on their way now. The
    /// last of them are told when the stream has ended with them already.
    /// </summary>
    void OnSent(MessageStream stream, int bytes);

    /// <summary>The stream was cut off, not by our <see cref="MessageStream.Reset"/>.</summary>
    void OnReset(MessageStream stream, StreamReset reset);

    /// <summary>
    /// The last call, at the end of the turn in which the stream ended in both directions or was reset by either side:
    /// the stream goes back to the pool and must not be referred to any more.
    /// </summary>
    void OnClosed(MessageStream stream);
}
