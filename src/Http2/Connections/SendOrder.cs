using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// The streams that have something to send, first come, first served; linked through themselves, so that one that ends
/// leaves at once and none costs an allocation.
/// </summary>
internal sealed class SendOrder
{
    private Http2Stream? _last;

    public Http2Stream? First { get; private set; }

    /// <param name="stream">Not in it yet.</param>
    public void Add(Http2Stream stream)
    {
        stream.IsReady = true;
        stream.PreviousReady = _last;
        if (_last is null)
        {
            First = stream;
        }
        else
        {
            _last.NextReady = stream;
        }

        _last = stream;
    }

    /// <param name="stream">In it.</param>
    public void Remove(Http2Stream stream)
    {
        stream.IsReady = false;
        if (stream.PreviousReady is { } previous)
        {
            previous.NextReady = stream.NextReady;
        }
        else
        {
            First = stream.NextReady;
        }

        if (stream.NextReady is { } next)
        {
            next.PreviousReady = stream.PreviousReady;
        }
        else
        {
            _last = stream.PreviousReady;
        }

        stream.NextReady = stream.PreviousReady = null;
    }
}
