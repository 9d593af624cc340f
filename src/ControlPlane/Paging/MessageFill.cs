using Google.Protobuf;

namespace Mesh.ControlPlane.Paging;

/// <summary>How full a message is to which entries are added one by one. One thread at a time.</summary>
/// <param name="maxEntries">How many entries it may have.</param>
/// <param name="maxBytes">What they may have together, unless it is one.</param>
internal sealed class MessageFill(int maxEntries = int.MaxValue, int maxBytes = MessageFill.MaxBytes)
{
    // A quarter of what gRPC clients accept by default: no entry that validation lets through takes the other three.
    private const int MaxBytes = 1024 * 1024;

    private int _entries;
    private long _bytes;

    /// <summary>Whether the entry still goes into the message; the first always does.</summary>
    public bool TryAdd(IMessage entry)
    {
        var bytes = entry.CalculateSize();
        if (_entries == maxEntries || (_entries > 0 && _bytes + bytes > maxBytes))
        {
            return false;
        }

        _entries++;
        _bytes += bytes;
        return true;
    }
}
