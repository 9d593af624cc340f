using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The dynamic table of RFC 7541 section 2.3.2 for either direction: a ring of entries over a flat byte buffer. Owned by one
/// decoder or encoder. An entry's bytes never wrap: they are appended behind the newest entry, and when the end of the buffer
/// is reached the live bytes move to its start. The buffer is about twice the table, so that a move of n bytes is paid by n inserted ones.
/// Entries are known by an id that counts insertions and wraps around; the newest is <see cref="NextId"/> - 1.
/// </summary>
internal sealed class DynamicTable(int capacity)
{
    private const int FirstEntries = 16;
    private const int FirstBytes = 512;

    // Idle connections own neither: both are made by the first insertion.
    private TableEntry[] _entries = [];
    private byte[] _bytes = [];
    private int _tail;

    /// <summary>The most octets the entries may count together, each with 32 of overhead (RFC 7541 section 4.1).</summary>
    public int Capacity { get; private set; } = capacity;

    public int Size { get; private set; }

    public int Count { get; private set; }

    /// <summary>Changes with every insertion, eviction and resize.</summary>
    public uint Generation { get; private set; }

    // Not from 0: an id of 0 in a fresh bucket then names no entry.
    public uint NextId { get; private set; } = 1;

    public byte[] Bytes => _bytes;

    /// <summary>Whether the entry is still there.</summary>
    public bool IsLive(uint id) => NextId - 1 - id < (uint)Count;

    /// <summary>The entry of a live id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TableEntry Entry(uint id) => ref _entries[(int)(id & (uint)(_entries.Length - 1))];

    public ReadOnlySpan<byte> NameOf(in TableEntry entry) => _bytes.AsSpan(entry.Offset, entry.NameLength);

    public ReadOnlySpan<byte> ValueOf(in TableEntry entry) => _bytes.AsSpan(entry.Offset + entry.NameLength, entry.ValueLength);

    /// <summary>
    /// Inserts a field and evicts what it displaces; a field larger than the table only empties it (RFC 7541 section 4.4), and the
    /// answer is false. The spans must not lie in this table: its bytes may move.
    /// </summary>
    public bool Insert(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known, uint hash)
    {
        var length = name.Length + value.Length;
        var fits = length <= Capacity - HeaderList.FieldOverhead;
        EvictDownTo(fits ? Capacity - HeaderList.FieldOverhead - length : 0);
        if (!fits)
        {
            return false;
        }

        MakeRoom(length);
        name.CopyTo(_bytes.AsSpan(_tail));
        value.CopyTo(_bytes.AsSpan(_tail + name.Length));
        Entry(NextId) = new TableEntry { Offset = _tail, NameLength = name.Length, ValueLength = value.Length, Hash = hash, Known = known };
        _tail += length;
        Size += length + HeaderList.FieldOverhead;
        Count++;
        NextId++;
        Generation++;
        return true;
    }

    /// <summary>Sets the capacity and evicts what no longer fits (RFC 7541 section 4.3).</summary>
    public void Resize(int capacity)
    {
        Debug.Assert(capacity >= 0);
        Capacity = capacity;
        EvictDownTo(capacity);
        if (Count == 0)
        {
            // A table that was switched off holds no memory.
            _bytes = [];
            _entries = [];
        }

        Generation++;
    }

    /// <summary>Evicts everything.</summary>
    public void Clear() => EvictDownTo(0);

    private void EvictDownTo(int size)
    {
        while (Size > size)
        {
            Size -= Entry(NextId - (uint)Count).Length + HeaderList.FieldOverhead;
            Count--;
            Generation++;
        }

        if (Count == 0)
        {
            _tail = 0;
        }
    }

    private void MakeRoom(int length)
    {
        if (Count == _entries.Length)
        {
            GrowEntries();
        }

        if (_tail + length + PaddedCopy.Slack > _bytes.Length)
        {
            MoveLiveBytes(length);
        }
    }

    private void GrowEntries()
    {
        var grown = new TableEntry[Math.Max(FirstEntries, _entries.Length * 2)];
        for (var id = NextId - (uint)Count; id != NextId; id++)
        {
            grown[id & (uint)(grown.Length - 1)] = Entry(id);
        }

        _entries = grown;
    }

    private void MoveLiveBytes(int length)
    {
        var start = Count == 0 ? _tail : Entry(NextId - (uint)Count).Offset;
        var live = _tail - start;
        var needed = live + length + PaddedCopy.Slack;
        var target = _bytes;
        if (needed > _bytes.Length / 2)
        {
            target = new byte[BitOperations.RoundUpToPowerOf2((uint)Math.Max(FirstBytes, 2 * needed))];
        }

        _bytes.AsSpan(start, live).CopyTo(target);
        _bytes = target;
        _tail = live;
        for (var id = NextId - (uint)Count; id != NextId; id++)
        {
            Entry(id).Offset -= start;
        }
    }
}
