using System.Buffers.Binary;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>
/// Follows the length-prefixed messages of gRPC through a body (five bytes, then the message), to count them and to know
/// whether it stands between two.
/// </summary>
internal struct GrpcFraming
{
    private const int PrefixSize = 5;

    private uint _messageLeft;
    private uint _length;
    private int _prefixSeen;

    /// <summary>Messages begun.</summary>
    public long Messages { get; private set; }

    /// <summary>Whether the body could end here without cutting a message in two.</summary>
    public readonly bool IsBetweenMessages => _prefixSeen == 0 && _messageLeft == 0;

    public void Feed(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_messageLeft > 0)
            {
                var n = (int)Math.Min(_messageLeft, (uint)data.Length);
                _messageLeft -= (uint)n;
                data = data[n..];
            }
            else if (_prefixSeen == 0 && data.Length >= PrefixSize)
            {
                Messages++;
                _messageLeft = BinaryPrimitives.ReadUInt32BigEndian(data[1..]);
                data = data[PrefixSize..];
            }
            else
            {
                // The prefix is cut in two, which is rare: byte by byte. Its first byte is the compression flag.
                _length = _prefixSeen == 0 ? 0 : (_length << 8) | data[0];
                data = data[1..];
                if (++_prefixSeen == PrefixSize)
                {
                    Messages++;
                    _prefixSeen = 0;
                    _messageLeft = _length;
                }
            }
        }
    }
}
