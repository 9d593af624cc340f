using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http2.Blocks;

/// <summary>
/// A decoded header block, and what it has been found to be: a block that comes again need not be judged again
/// (<see cref="BlockMemo"/>). The rules are those of <see cref="MessageRules"/>.
/// </summary>
internal sealed class DecodedBlock
{
    private MessageKind _kind;
    private long _contentLength;
    private int _status;

    private enum MessageKind : byte
    {
        Unknown,
        Request,
        Response,
        Trailers,
    }

    /// <summary>Valid until the handler returns.</summary>
    public HeaderList Headers { get; } = new();

    /// <summary>Another block is about to be decoded into it.</summary>
    public void Forget() => _kind = MessageKind.Unknown;

    /// <inheritdoc cref="MessageRules.IsRequest"/>
    public bool IsRequest(out long contentLength)
    {
        if (_kind != MessageKind.Request)
        {
            if (!MessageRules.IsRequest(Headers, out contentLength))
            {
                return false;
            }

            (_kind, _contentLength) = (MessageKind.Request, contentLength);
        }

        contentLength = _contentLength;
        return true;
    }

    /// <inheritdoc cref="MessageRules.IsResponse"/>
    public bool IsResponse(out int status, out long contentLength)
    {
        if (_kind != MessageKind.Response)
        {
            if (!MessageRules.IsResponse(Headers, out status, out contentLength))
            {
                return false;
            }

            (_kind, _status, _contentLength) = (MessageKind.Response, status, contentLength);
        }

        (status, contentLength) = (_status, _contentLength);
        return true;
    }

    /// <inheritdoc cref="MessageRules.AreTrailers"/>
    public bool AreTrailers()
    {
        if (_kind != MessageKind.Trailers)
        {
            if (!MessageRules.AreTrailers(Headers))
            {
                return false;
            }

            _kind = MessageKind.Trailers;
        }

        return true;
    }
}
