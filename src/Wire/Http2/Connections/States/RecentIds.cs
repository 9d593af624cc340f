namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// The streams we have reset lately. Frames the peer had sent before it learned of that are dropped without a word
/// (RFC 9113 section 5.1); only so many are remembered, since what was in flight is soon through.
/// </summary>
internal sealed class RecentIds
{
    private const int FirstCapacity = 16;

    /// <summary>More than a connection has streams: all of them may be cut off at once, with frames of each in flight.</summary>
    private const int Remembered = 2048;

    private int[] _ids = [];
    private int _next;

    public void Add(int streamId)
    {
        if (_next == _ids.Length)
        {
            if (_next == Remembered)
            {
                _next = 0;
            }
            else
            {
                Array.Resize(ref _ids, Math.Clamp(_ids.Length * 2, FirstCapacity, Remembered));
            }
        }

        _ids[_next++] = streamId;
    }

    public bool Contains(int streamId) => Array.IndexOf(_ids, streamId) >= 0;
}
