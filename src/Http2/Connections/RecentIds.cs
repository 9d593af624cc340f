namespace Mesh.Http2.Connections;

/// <summary>
/// The streams we have reset lately. Frames the peer had sent before it learned of that are dropped without a word
/// (RFC 9113 section 5.1); only so many are remembered, since what was in flight is soon through.
/// </summary>
internal sealed class RecentIds
{
    private const int Remembered = 128;

    private int[]? _ids;
    private int _next;

    public void Add(int streamId)
    {
        _ids ??= new int[Remembered];
        _ids[_next] = streamId;
        _next = (_next + 1) % Remembered;
    }

    public bool Contains(int streamId) => _ids is not null && Array.IndexOf(_ids, streamId) >= 0;
}
