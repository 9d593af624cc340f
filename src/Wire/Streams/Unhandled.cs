using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Streams;

/// <summary>For streams that were answered without anybody being asked.</summary>
public sealed class Unhandled : IStreamHandler
{
    /// <summary>It knows nothing, so that one is enough.</summary>
    public static readonly Unhandled Instance = new();

    /// <inheritdoc/>
    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    /// <inheritdoc/>
    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    /// <inheritdoc/>
    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream) => stream.ReturnCredit(data.Length);

    /// <inheritdoc/>
    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
    }

    /// <inheritdoc/>
    public void OnSent(MessageStream stream, int bytes)
    {
    }

    /// <inheritdoc/>
    public void OnReset(MessageStream stream, StreamReset reset)
    {
    }

    /// <inheritdoc/>
    public void OnClosed(MessageStream stream)
    {
    }
}
