namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Decodes the header blocks of one direction of one connection (RFC 7541). One caller at a time. Never throws for what a block
/// holds, and allocates only while its table and the lists grow to what the connection needs.
/// </summary>
public sealed class HpackDecoder
{
    // RFC 7541 section 4.2: what a peer may use before it has heard of our settings, and after it until it says so.
    private const int InitialTableSize = 4096;

    // What is left of a list that is too large is only read for what it does to the table. A field of a few octets can copy a
    // name of the table's size there, so that this work is paid for: beyond so many times the list limit the peer is an attacker.
    private const int DiscardFactor = 16;

    private readonly DynamicTable _table;
    private readonly int _maxHeaderListSize;
    private readonly int _maxFieldCount;
    private int _maxTableSize;
    private uint _settingsGeneration;

    // What the next block's first size update may say at most, if our setting went below the size in use; else -1.
    private int _requiredUpdate = -1;

    // While a block is read.
    private bool _tooLarge;
    private long _discardBudget;

    /// <summary>Makes a decoder with an empty table.</summary>
    /// <param name="maxDynamicTableSize">What our SETTINGS_HEADER_TABLE_SIZE says, in octets. Below 4096, pass 4096 here and call
    /// <see cref="SetMaxTableSize"/> when the setting is acknowledged, unless the peer cannot send before it has read it.</param>
    /// <param name="maxHeaderListSize">The largest <see cref="HeaderList.Size"/> that is accepted, in octets.</param>
    /// <param name="maxFieldCount">The most fields that are accepted.</param>
    public HpackDecoder(int maxDynamicTableSize, int maxHeaderListSize, int maxFieldCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDynamicTableSize);
        ArgumentOutOfRangeException.ThrowIfNegative(maxHeaderListSize);
        ArgumentOutOfRangeException.ThrowIfNegative(maxFieldCount);
        _table = new DynamicTable(Math.Min(maxDynamicTableSize, InitialTableSize));
        _maxTableSize = maxDynamicTableSize;
        _maxHeaderListSize = maxHeaderListSize;
        _maxFieldCount = maxFieldCount;
    }

    /// <summary>The octets the dynamic table holds, 32 of overhead for each entry included.</summary>
    public int TableSize => _table.Size;

    /// <summary>The entries in the dynamic table.</summary>
    public int TableCount => _table.Count;

    /// <summary>Changes with every insertion, eviction and resize. A block that left it as it was decodes to the same list until it changes.</summary>
    public uint TableGeneration => _table.Generation + _settingsGeneration;

    /// <summary>Says that the peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE, in octets.</summary>
    public void SetMaxTableSize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        _maxTableSize = size;
        // RFC 9113 section 4.3.1 makes the peer start its next block with an update. A peer that uses less than the
        // new maximum anyway is in step without it.
        if (size < _table.Capacity && (_requiredUpdate < 0 || size < _requiredUpdate))
        {
            _requiredUpdate = size;
        }

        _settingsGeneration++;
    }

    /// <summary>
    /// Decodes a whole block into <paramref name="into"/>, whose former content is replaced. Unless the answer is
    /// <see cref="HpackResult.Ok"/> the list is left empty. After <see cref="HpackResult.CompressionError"/> the decoder is of no more use.
    /// </summary>
    public HpackResult Decode(ReadOnlySpan<byte> block, HeaderList into)
    {
        ArgumentNullException.ThrowIfNull(into);
        into.Clear();
        _tooLarge = false;
        var wellFormed = DecodeFields(block, into);
        if (wellFormed && !_tooLarge)
        {
            return HpackResult.Ok;
        }

        into.Clear();
        return wellFormed ? HpackResult.HeaderListTooLarge : HpackResult.CompressionError;
    }

    private bool DecodeFields(ReadOnlySpan<byte> block, HeaderList into)
    {
        var position = 0;
        if ((_requiredUpdate >= 0 || (block.Length != 0 && (block[0] & 0xe0) == 0x20)) && !ReadSizeUpdates(block, ref position))
        {
            return false;
        }

        while (true)
        {
            if (!_tooLarge)
            {
                position = into.AddIndexed(block, position, _table, _maxHeaderListSize, _maxFieldCount);
            }

            if ((uint)position >= (uint)block.Length)
            {
                return true;
            }

            int first = block[position++];
            if (first >= 0x80)
            {
                // Section 6.1: indexed, with more than one octet or where a limit or an error is near.
                if (!HpackInteger.TryRead(block, ref position, first, 0x7f, out var index) || !AddIndexed(index, into))
                {
                    return false;
                }
            }
            else if (first >= 0x40)
            {
                // Section 6.2.1: literal with incremental indexing.
                if (!ReadLiteral(block, ref position, first, 0x3f, insert: true, neverIndexed: false, into))
                {
                    return false;
                }
            }
            else if (first >= 0x20)
            {
                // Section 4.2: a size update belongs at the start of a block.
                return false;
            }
            else if (!ReadLiteral(block, ref position, first, 0x0f, insert: false, neverIndexed: first >= 0x10, into))
            {
                // Sections 6.2.2 and 6.2.3: literal without or never indexed.
                return false;
            }
        }
    }

    private bool ReadSizeUpdates(ReadOnlySpan<byte> block, ref int position)
    {
        // Section 4.2: at most two, the smallest size since the last block and the final one.
        for (var updates = 0; position < block.Length && (block[position] & 0xe0) == 0x20; updates++)
        {
            int first = block[position++];
            if (updates == 2 || !HpackInteger.TryRead(block, ref position, first, 0x1f, out var size) || size > _maxTableSize)
            {
                return false;
            }

            if (_requiredUpdate >= 0)
            {
                if (size > _requiredUpdate)
                {
                    return false;
                }

                _requiredUpdate = -1;
            }

            if (size != _table.Capacity)
            {
                _table.Resize(size);
            }
        }

        return _requiredUpdate < 0;
    }

    private bool AddIndexed(int index, HeaderList into)
    {
        if ((uint)(index - 1) < StaticTable.Count)
        {
            ref readonly var entry = ref StaticTable.Entries[index];
            if (Admit(entry.Length, into))
            {
                into.AddEntry(StaticTable.Bytes, entry, (byte)index);
            }

            return true;
        }

        var age = (uint)(index - StaticTable.Count - 1);
        if (index == 0 || age >= (uint)_table.Count)
        {
            return false;
        }

        ref readonly var inserted = ref _table.Entry(_table.NextId - 1 - age);
        if (Admit(inserted.Length, into))
        {
            into.AddEntry(_table.Bytes, inserted, staticIndex: 0);
        }

        return true;
    }

    /// <summary>Whether the list may take another field of that length; if not, the rest of the block is only read for the table's sake.</summary>
    private bool Admit(int length, HeaderList into)
    {
        if (!_tooLarge && (long)into.Size + length + HeaderList.FieldOverhead <= _maxHeaderListSize && into.Count < _maxFieldCount)
        {
            return true;
        }

        Overflow(into);
        return false;
    }

    private void Overflow(HeaderList into)
    {
        if (!_tooLarge)
        {
            _tooLarge = true;
            _discardBudget = (long)DiscardFactor * Math.Max(_maxHeaderListSize, InitialTableSize);
            into.Clear();
        }
    }

    /// <summary>
    /// Reads a literal (section 6.2). Name and value are put behind the last field of the list and from there into the table, so that
    /// a name that refers to an entry which its own insertion evicts is safe (section 4.4).
    /// </summary>
    private bool ReadLiteral(ReadOnlySpan<byte> block, ref int position, int first, int mask, bool insert, bool neverIndexed, HeaderList into)
    {
        if (!HpackInteger.TryRead(block, ref position, first, mask, out var nameIndex))
        {
            return false;
        }

        HpackString name = default;
        if (nameIndex == 0 ? !HpackString.TryRead(block, ref position, out name) : !IsIndex(nameIndex))
        {
            return false;
        }

        if (!HpackString.TryRead(block, ref position, out var value))
        {
            return false;
        }

        // Before a byte is copied: the least that the field can have.
        var nameLength = nameIndex == 0 ? name.MinLength : EntryAt(nameIndex).NameLength;
        if (!Admit(nameLength + value.MinLength, into))
        {
            var displacesAll = nameLength + value.MinLength > _table.Capacity - HeaderList.FieldOverhead;
            if (!insert || displacesAll)
            {
                if (insert)
                {
                    _table.Clear();
                }

                return name.IsWellFormed(into) && value.IsWellFormed(into);
            }

            _discardBudget -= nameLength + value.MinLength;
            if (_discardBudget < 0)
            {
                return false;
            }
        }

        KnownHeader known;
        if (nameIndex == 0)
        {
            into.Reserve(name.MaxLength + value.MaxLength);
            nameLength = name.CopyTo(into.Bytes, into.Used);
            if (nameLength < 0)
            {
                return false;
            }

            known = KnownHeaders.Find(into.Bytes.AsSpan(into.Used, nameLength));
        }
        else
        {
            into.Reserve(nameLength + value.MaxLength);
            ref readonly var entry = ref EntryAt(nameIndex);
            var source = nameIndex <= StaticTable.Count ? StaticTable.Bytes : _table.Bytes;
            source.AsSpan(entry.Offset, nameLength).CopyTo(into.Bytes.AsSpan(into.Used));
            known = entry.Known;
        }

        var valueLength = value.CopyTo(into.Bytes, into.Used + nameLength);
        if (valueLength < 0)
        {
            return false;
        }

        uint hash = 0;
        if (insert)
        {
            var field = into.Bytes.AsSpan(into.Used, nameLength + valueLength);
            hash = FieldHash.Of(known, field[..nameLength], field[nameLength..]);
            _table.Insert(field[..nameLength], field[nameLength..], known, hash);
        }

        if (Admit(nameLength + valueLength, into))
        {
            into.Commit(nameLength, valueLength, known, hash, staticIndex: 0, neverIndexed);
        }

        return true;
    }

    private bool IsIndex(int index) => index <= StaticTable.Count || (uint)(index - StaticTable.Count - 1) < (uint)_table.Count;

    private ref readonly TableEntry EntryAt(int index)
    {
        if (index <= StaticTable.Count)
        {
            return ref StaticTable.Entries[index];
        }

        return ref _table.Entry(_table.NextId - (uint)(index - StaticTable.Count));
    }
}
