using System.Buffers;
using System.Buffers.Text;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// Decodes a stream of base64 (RFC 4648 section 4) that comes in pieces of any length, and in which padding may stand anywhere between
/// two groups of four: a client of gRPC-Web encodes each message by itself. No white space, no other alphabet. Pure.
/// </summary>
internal struct Base64Decoder
{
    private const int Group = 4;

    private uint _pending;
    private int _count;

    /// <summary>The stream may end here: no group is cut.</summary>
    public readonly bool IsBetweenGroups => _count == 0;

    /// <summary>How many bytes a piece decodes to at most.</summary>
    public static int MostBytes(int textLength) => (textLength / Group * 3) + 3;

    /// <summary>Decodes a piece; false if it is not base64, after which the decoder is of no more use.</summary>
    /// <param name="text">What came.</param>
    /// <param name="into">Has room for <see cref="MostBytes"/>.</param>
    /// <param name="written">How many bytes it gave.</param>
    public bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        written = 0;
        while (!text.IsEmpty)
        {
            if (_count == 0 && text.Length >= Group)
            {
                // All groups before the next that is padded at once.
                var padding = text.IndexOf((byte)'=');
                var whole = (padding < 0 ? text.Length : padding) / Group * Group;
                if (whole > 0)
                {
                    if (!TryDecodeGroups(text[..whole], into[written..], out var bytes))
                    {
                        return false;
                    }

                    written += bytes;
                    text = text[whole..];
                    continue;
                }
            }

            _pending |= (uint)text[0] << (8 * _count);
            text = text[1..];
            if (++_count == Group)
            {
                if (!TryDecodePending(into[written..], out var bytes))
                {
                    return false;
                }

                written += bytes;
            }
        }

        return true;
    }

    private bool TryDecodePending(Span<byte> into, out int bytes)
    {
        Span<byte> group = [(byte)_pending, (byte)(_pending >> 8), (byte)(_pending >> 16), (byte)(_pending >> 24)];
        _pending = 0;
        _count = 0;
        return TryDecodeGroups(group, into, out bytes);
    }

    private static bool TryDecodeGroups(ReadOnlySpan<byte> groups, Span<byte> into, out int bytes) =>
        // The library passes over white space, and would then want more.
        Base64.DecodeFromUtf8(groups, into, out var consumed, out bytes) == OperationStatus.Done
        && consumed == groups.Length
        && bytes > (groups.Length / Group * 3) - 3;
}
