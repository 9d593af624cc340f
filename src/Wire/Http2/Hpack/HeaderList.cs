using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// An ordered list of header fields in one flat byte buffer, made to be pooled and used again: once its buffers have grown to
/// what the traffic needs it allocates nothing. One owner at a time; spans it hands out are valid until it changes.
/// Indexes out of range throw <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public sealed class HeaderList
{
    /// <summary>What a field counts beyond its name and value (RFC 7541 section 4.1, RFC 9113 section 6.5.2).</summary>
    public const int FieldOverhead = 32;

    /// <summary>What <see cref="Trim"/> lets the byte buffer keep.</summary>
    internal const int KeptBytes = 8 * 1024;

    private const int KeptFields = 128;
    private const int FirstBytes = 1024;
    private const int FirstFields = 16;

    private byte[] _bytes = [];
    private HeaderSlot[] _slots = [];
    // The names as integers, apart from the slots so that a search is one vector comparison.
    private byte[] _known = [];
    private int _used;

    /// <summary>How many fields the list holds.</summary>
    public int Count { get; private set; }

    /// <summary>The sum of name, value and <see cref="FieldOverhead"/> octets of all fields.</summary>
    public int Size { get; private set; }

    /// <summary>The field at <paramref name="index"/>.</summary>
    public HeaderField this[int index]
    {
        get
        {
            ref readonly var slot = ref SlotAt(index);
            return new HeaderField(
                _bytes.AsSpan(slot.NameOffset, slot.NameLength),
                _bytes.AsSpan(slot.ValueOffset, slot.ValueLength),
                (KnownHeader)_known[index],
                slot.NeverIndexed);
        }
    }

    /// <summary>It has been changed since somebody set this to false.</summary>
    internal bool IsAltered { get; set; }

    internal byte[] Bytes => _bytes;

    /// <summary>The offset in <see cref="Bytes"/> behind the last used byte, where <see cref="Reserve"/> made room.</summary>
    internal int Used => _used;

    internal int BytesCapacity => _bytes.Length;

    /// <summary>The name of the field at <paramref name="index"/> as an integer.</summary>
    public KnownHeader KnownAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return (KnownHeader)_known[index];
    }

    /// <summary>The name's bytes of the field at <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> NameAt(int index)
    {
        ref readonly var slot = ref SlotAt(index);
        return _bytes.AsSpan(slot.NameOffset, slot.NameLength);
    }

    /// <summary>The value's bytes of the field at <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> ValueAt(int index)
    {
        ref readonly var slot = ref SlotAt(index);
        return _bytes.AsSpan(slot.ValueOffset, slot.ValueLength);
    }

    /// <summary>The first field of that name, or -1. <see cref="KnownHeader.Unknown"/> finds nothing.</summary>
    public int IndexOf(KnownHeader name)
        => name == KnownHeader.Unknown ? -1 : _known.AsSpan(0, Count).IndexOf((byte)name);

    /// <summary>The first field of exactly that name, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        var known = KnownHeaders.Find(name);
        if (known != KnownHeader.Unknown)
        {
            return IndexOf(known);
        }

        for (var i = 0; i < Count; i++)
        {
            if (_known[i] == (byte)KnownHeader.Unknown && NameAt(i).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The value of the first field of that name.</summary>
    public bool TryGet(KnownHeader name, out ReadOnlySpan<byte> value) => TryGetAt(IndexOf(name), out value);

    /// <summary>The value of the first field of exactly that name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => TryGetAt(IndexOf(name), out value);

    /// <summary>Appends a field; the spans may come from this list's own fields.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool neverIndexed = false)
        => Add(KnownHeaders.Find(name), name, value, neverIndexed);

    /// <summary>Appends a field with a known name, which must not be <see cref="KnownHeader.Unknown"/>.</summary>
    public void Add(KnownHeader name, ReadOnlySpan<byte> value, bool neverIndexed = false)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((byte)name, (byte)KnownHeader.Unknown, nameof(name));
        Add(name, KnownHeaders.NameOf(name), value, neverIndexed);
    }

    /// <summary>Gives the field another value and keeps its place. The bytes of the old value stay in the buffer until the list is cleared.</summary>
    public void SetValue(int index, ReadOnlySpan<byte> value)
    {
        ref var slot = ref SlotAt(index);
        IsAltered = true;
        Size += value.Length - slot.ValueLength;
        if (value.Length > slot.ValueLength)
        {
            // A buffer that grows is replaced and not pooled, so a span of the old one stays readable here.
            Reserve(value.Length);
            slot.ValueOffset = _used;
            _used += value.Length;
        }

        value.CopyTo(_bytes.AsSpan(slot.ValueOffset));
        slot.ValueLength = value.Length;
        slot.Hash = 0;
        slot.StaticIndex = 0;
    }

    /// <summary>
    /// Takes white space off both ends of a value, where it lies. The list is not marked as altered: the block it was decoded from
    /// means this.
    /// </summary>
    internal void TrimValue(int index)
    {
        ref var slot = ref SlotAt(index);
        var value = ValueAt(index);
        var start = value.Length - value.TrimStart(" \t"u8).Length;
        var length = value.Trim(" \t"u8).Length;
        Size -= value.Length - length;
        slot.ValueOffset += start;
        slot.ValueLength = length;
        slot.Hash = 0;
        slot.StaticIndex = 0;
    }

    /// <summary>Removes the field and keeps the order of the others. Its bytes stay in the buffer until the list is cleared.</summary>
    public void RemoveAt(int index)
    {
        ref readonly var slot = ref SlotAt(index);
        IsAltered = true;
        Size -= slot.NameLength + slot.ValueLength + FieldOverhead;
        _slots.AsSpan(index + 1, Count - index - 1).CopyTo(_slots.AsSpan(index));
        _known.AsSpan(index + 1, Count - index - 1).CopyTo(_known.AsSpan(index));
        Count--;
    }

    /// <summary>Removes every field of that name and keeps the order of the others.</summary>
    public void RemoveAll(KnownHeader name)
    {
        for (var index = IndexOf(name); index >= 0; index = IndexOf(name))
        {
            RemoveAt(index);
        }
    }

    /// <summary>Makes this list equal to <paramref name="other"/>.</summary>
    public void CopyFrom(HeaderList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(other, this))
        {
            return;
        }

        Clear();
        Reserve(other._used);
        while (_slots.Length < other.Count)
        {
            GrowSlots();
        }

        other._bytes.AsSpan(0, other._used).CopyTo(_bytes);
        other._slots.AsSpan(0, other.Count).CopyTo(_slots);
        other._known.AsSpan(0, other.Count).CopyTo(_known);
        _used = other._used;
        Count = other.Count;
        Size = other.Size;
    }

    /// <summary>Forgets the fields and keeps the buffers.</summary>
    public void Clear()
    {
        Count = 0;
        Size = 0;
        _used = 0;
        IsAltered = true;
    }

    /// <summary>It has buffers that <see cref="Trim"/> would give back.</summary>
    internal bool IsOversized => _bytes.Length > KeptBytes || _slots.Length > KeptFields;

    /// <summary>Clears the list and gives back buffers that an oversized block grew; call it before the list goes back to its pool.</summary>
    public void Trim()
    {
        Clear();
        if (_bytes.Length > KeptBytes)
        {
            _bytes = [];
        }

        if (_slots.Length > KeptFields)
        {
            _slots = [];
            _known = [];
        }
    }

    /// <summary>What the codec keeps about a field; the caller answers for the index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref HeaderSlot Slot(int index) => ref _slots[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal KnownHeader KnownOf(int index) => (KnownHeader)_known[index];

    /// <summary>
    /// Appends the fields of consecutive indexed representations of one octet (RFC 7541 section 6.1), the bulk of all blocks, and returns
    /// the position of the first octet that is something else, or for which the list must grow or has reached a limit. For a list that
    /// has only been appended to since it was cleared.
    /// </summary>
    internal int AddIndexed(ReadOnlySpan<byte> block, int position, DynamicTable table, int maxSize, int maxCount)
    {
        // Everything the loop changes is a local: the fields are written back once.
        var used = _used;
        var count = Count;
        var usable = _bytes.Length - PaddedCopy.Slack;
        var countLimit = Math.Min(maxCount, _slots.Length);
        ref var bytes = ref MemoryMarshal.GetArrayDataReference(_bytes);
        for (; position < block.Length; position++)
        {
            var index = block[position] - 0x80u;
            ref readonly var entry = ref StaticTable.Entries[0];
            ref var source = ref MemoryMarshal.GetArrayDataReference(StaticTable.Bytes);
            if (index - 1 < StaticTable.Count)
            {
                entry = ref StaticTable.Entries[index];
            }
            else
            {
                // A literal or index 0 wraps around to an age no table has.
                var age = index - StaticTable.Count - 1;
                if (age >= (uint)table.Count || index == 0x7f)
                {
                    break;
                }

                entry = ref table.Entry(table.NextId - 1 - age);
                source = ref MemoryMarshal.GetArrayDataReference(table.Bytes);
                index = 0;
            }

            var nameLength = entry.NameLength;
            var valueLength = entry.ValueLength;
            var end = used + nameLength + valueLength;
            if (end > usable || count >= countLimit || (uint)end + (((uint)count + 1) * FieldOverhead) > (uint)maxSize)
            {
                break;
            }

            PaddedCopy.Copy(ref Unsafe.Add(ref source, entry.Offset), ref Unsafe.Add(ref bytes, used), nameLength + valueLength);
            _known[count] = (byte)entry.Known;
            ref var slot = ref _slots[count];
            slot.NameOffset = used;
            slot.NameLength = nameLength;
            slot.ValueOffset = used + nameLength;
            slot.ValueLength = valueLength;
            slot.Hash = entry.Hash;
            slot.StaticIndex = (byte)index;
            slot.NeverIndexed = false;
            used = end;
            count++;
        }

        Size += used - _used + ((count - Count) * FieldOverhead);
        _used = used;
        Count = count;
        return position;
    }

    /// <summary>Appends a field of a compression table, whose name and value lie behind each other.</summary>
    internal void AddEntry(byte[] source, in TableEntry entry, byte staticIndex)
    {
        Reserve(entry.Length);
        source.AsSpan(entry.Offset, entry.Length).CopyTo(_bytes.AsSpan(_used));
        Commit(entry.NameLength, entry.ValueLength, entry.Known, entry.Hash, staticIndex, neverIndexed: false);
    }

    /// <summary>Makes room for <paramref name="count"/> bytes at <see cref="Used"/>, which <see cref="Commit"/> turns into a field.</summary>
    internal void Reserve(int count)
    {
        if (_bytes.Length - _used < count + PaddedCopy.Slack)
        {
            GrowBytes(count);
        }
    }

    /// <summary>Makes a field of the bytes that were put at <see cref="Used"/>: the name, the value behind it.</summary>
    internal void Commit(int nameLength, int valueLength, KnownHeader known, uint hash, byte staticIndex, bool neverIndexed)
    {
        var index = Count;
        if (index >= _slots.Length)
        {
            GrowSlots();
        }

        _known[index] = (byte)known;
        ref var slot = ref _slots[index];
        slot.NameOffset = _used;
        slot.NameLength = nameLength;
        slot.ValueOffset = _used + nameLength;
        slot.ValueLength = valueLength;
        slot.Hash = hash;
        slot.StaticIndex = staticIndex;
        slot.NeverIndexed = neverIndexed;
        _used += nameLength + valueLength;
        Size += nameLength + valueLength + FieldOverhead;
        Count = index + 1;
        IsAltered = true;
    }

    private void Add(KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool neverIndexed)
    {
        Reserve(name.Length + value.Length);
        name.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(_used + name.Length));
        Commit(name.Length, value.Length, known, hash: 0, staticIndex: 0, neverIndexed);
    }

    private bool TryGetAt(int index, out ReadOnlySpan<byte> value)
    {
        value = index < 0 ? default : ValueAt(index);
        return index >= 0;
    }

    private ref HeaderSlot SlotAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _slots[index];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowBytes(int count)
    {
        var wanted = Math.Max(Math.Max((long)_used + count + PaddedCopy.Slack, 2L * _bytes.Length), FirstBytes);
        var grown = new byte[Math.Min(wanted, Array.MaxLength)];
        _bytes.AsSpan(0, _used).CopyTo(grown);
        _bytes = grown;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowSlots()
    {
        var length = Math.Max(FirstFields, _slots.Length * 2);
        Array.Resize(ref _slots, length);
        Array.Resize(ref _known, length);
    }
}
