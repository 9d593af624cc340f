using Mesh.Wire.Buffers;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Encodes the header blocks of one direction of one connection (RFC 7541). One caller at a time; every block it writes must reach the
/// peer, in order. Allocates only while its table and the output grow to what the connection needs.
/// </summary>
public sealed class HpackEncoder
{
    // RFC 9113 section 6.5.2: the peer's setting until it says otherwise.
    private const int InitialPeerTableSize = 4096;

    // An entry above this displaces a dozen others; whatever it saves, they saved more.
    private const int LargestEntry = 1024;

    private readonly EncoderTable _table;
    private readonly SightingFilter _filter = new();
    private readonly int _maxTableSize;
    private uint _peerTableSize = InitialPeerTableSize;

    // The size to signal at the start of the next block and the lowest one since the last block; -1 if none is due.
    private int _pendingSize = -1;
    private int _lowestPendingSize;

    /// <summary>Makes an encoder with an empty table.</summary>
    /// <param name="maxDynamicTableSize">The most octets we are willing to spend on the table, whatever the peer allows; 0 switches it off.</param>
    public HpackEncoder(int maxDynamicTableSize = InitialPeerTableSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDynamicTableSize);
        _maxTableSize = maxDynamicTableSize;
        var initial = Math.Min(maxDynamicTableSize, InitialPeerTableSize);
        _table = new EncoderTable(initial, maxDynamicTableSize);
        if (initial < InitialPeerTableSize)
        {
            // The peer's table starts at 4096 and must hear that ours is smaller.
            _pendingSize = _lowestPendingSize = initial;
        }
    }

    internal int TableSize => _table.Size;

    internal int TableCount => _table.Count;

    /// <summary>
    /// Takes the peer's SETTINGS_HEADER_TABLE_SIZE, in octets. The next block starts with the size update that follows from it; with two if the
    /// size went down and up again since the last block (section 4.2).
    /// </summary>
    public void SetPeerTableSize(uint settingsValue)
    {
        var lowered = settingsValue < _peerTableSize;
        _peerTableSize = settingsValue;
        var size = (int)Math.Min(settingsValue, (uint)_maxTableSize);
        // RFC 9113 section 4.3.1: a reduction is always answered, even if our own table was smaller all along.
        if (_pendingSize < 0)
        {
            if (!lowered && size == _table.Capacity)
            {
                return;
            }

            _lowestPendingSize = size;
        }

        _lowestPendingSize = Math.Min(_lowestPendingSize, size);
        _pendingSize = size;
    }

    /// <summary>Appends the block of these fields, in their order.</summary>
    public void Encode(HeaderList headers, ByteBuffer output)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(output);
        // A field never takes more than it counts in the list's size: its overhead of 32 exceeds the three integers of a literal.
        var room = output.Reserve(headers.Size + (2 * HpackInteger.MaxLength) + HuffmanEncoder.Slack);
        var length = _pendingSize < 0 ? 0 : WriteSizeUpdates(room);
        for (var i = 0; i < headers.Count; i++)
        {
            ref var slot = ref headers.Slot(i);
            if (slot.StaticIndex != 0)
            {
                room[length++] = (byte)(0x80 | slot.StaticIndex);
            }
            else if (slot.Hash != 0 && FindInTable(headers, i, slot) is var index && index != 0)
            {
                length += HpackInteger.Write(room[length..], 0x80, 0x7f, index);
            }
            else
            {
                length += EncodeField(headers, i, ref slot, room[length..]);
            }
        }

        output.Advance(length);
    }

    private int WriteSizeUpdates(Span<byte> room)
    {
        var length = 0;
        if (_lowestPendingSize < _pendingSize)
        {
            length = HpackInteger.Write(room, 0x20, 0x1f, _lowestPendingSize);
            _table.Resize(_lowestPendingSize);
        }

        length += HpackInteger.Write(room[length..], 0x20, 0x1f, _pendingSize);
        _table.Resize(_pendingSize);
        _pendingSize = -1;
        return length;
    }

    private int FindInTable(HeaderList headers, int index, in HeaderSlot slot)
    {
        ReadOnlySpan<byte> bytes = headers.Bytes;
        return _table.IndexOf(
            slot.Hash,
            headers.KnownOf(index),
            bytes.Slice(slot.NameOffset, slot.NameLength),
            bytes.Slice(slot.ValueOffset, slot.ValueLength));
    }

    /// <summary>Encodes a field that is not known to be in a table; one whose hash was computed before is not in the dynamic one.</summary>
    private int EncodeField(HeaderList headers, int index, ref HeaderSlot slot, Span<byte> room)
    {
        var known = headers.KnownOf(index);
        ReadOnlySpan<byte> bytes = headers.Bytes;
        var value = bytes.Slice(slot.ValueOffset, slot.ValueLength);
        var name = bytes.Slice(slot.NameOffset, slot.NameLength);
        if (slot.NeverIndexed)
        {
            return WriteLiteral(room, 0x10, 0x0f, known, name, value);
        }

        var inStaticTable = StaticTable.IndexOf(known, value);
        if (inStaticTable != 0)
        {
            slot.StaticIndex = (byte)inStaticTable;
            room[0] = (byte)(0x80 | inStaticTable);
            return 1;
        }

        var rule = IndexingPolicy.For(known, value.Length);
        if (rule != Indexing.Index)
        {
            return WriteLiteral(room, rule == Indexing.Never ? 0x10 : 0, 0x0f, known, name, value);
        }

        if (slot.Hash == 0)
        {
            slot.Hash = FieldHash.Of(known, name, value);
            var inTable = FindInTable(headers, index, slot);
            if (inTable != 0)
            {
                return HpackInteger.Write(room, 0x80, 0x7f, inTable);
            }
        }

        if (!IsWorthAnEntry(name.Length + value.Length + HeaderList.FieldOverhead, slot.Hash))
        {
            return WriteLiteral(room, 0, 0x0f, known, name, value);
        }

        var length = WriteLiteral(room, 0x40, 0x3f, known, name, value);
        _table.Insert(slot.Hash, known, name, value);
        return length;
    }

    /// <summary>
    /// Whether the field gets an entry. While the table is less than half full every field does. After that only one that is
    /// seen for the second time in a while: values that never come back (an id in a custom header) or come back too late (500
    /// paths in turn) would otherwise push out, first in first out, the few fields that every block repeats, and each block would
    /// be sent, hashed and inserted anew on both sides.
    /// </summary>
    private bool IsWorthAnEntry(int size, uint hash)
        => size <= LargestEntry
            && size <= _table.Capacity / 2
            && (_table.Size + size <= _table.Capacity / 2 || _filter.See(hash));

    private int WriteLiteral(Span<byte> room, int pattern, int mask, KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var nameIndex = StaticTable.IndexOfName(known);
        if (nameIndex == 0)
        {
            nameIndex = _table.IndexOfName(known, name);
        }

        var length = HpackInteger.Write(room, pattern, mask, nameIndex);
        if (nameIndex == 0)
        {
            length += WriteName(room[length..], known, name);
        }

        return length + HpackString.Write(room[length..], value);
    }

    private static int WriteName(Span<byte> room, KnownHeader known, ReadOnlySpan<byte> name)
    {
        if (known == KnownHeader.Unknown)
        {
            return HpackString.Write(room, name);
        }

        var literal = EncodedNames.Of(known);
        literal.CopyTo(room);
        return literal.Length;
    }
}
