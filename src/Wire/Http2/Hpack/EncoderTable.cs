using System.Numerics;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The encoder's dynamic table with a hash index over it. Each bucket knows its newest entry and each entry the next older one
/// of its bucket. Entries leave oldest first, so one that leaves is the last of its chain: nothing is ever unlinked, a walk
/// just ends at the first id that is no longer live. Owned by one encoder.
/// </summary>
internal sealed class EncoderTable
{
    // A walk is one or two steps; a peer that crafts equal hashes makes it no longer than this, and its fields merely go unindexed.
    private const int LongestWalk = 12;
    private const int MaxBuckets = 1024;

    private readonly DynamicTable _table;
    private readonly int _bucketCount;
    private readonly int _shift;
    private uint[] _buckets = [];
    private uint[] _nameBuckets = [];

    public EncoderTable(int capacity, int maxCapacity)
    {
        _table = new DynamicTable(capacity);
        _bucketCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(maxCapacity / HeaderList.FieldOverhead, 2, MaxBuckets));
        _shift = 32 - BitOperations.Log2((uint)_bucketCount);
    }

    public int Capacity => _table.Capacity;

    public int Size => _table.Size;

    public int Count => _table.Count;

    /// <summary>The index (RFC 7541 section 2.3.3) of that field, or 0.</summary>
    public int IndexOf(uint hash, KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_table.Count == 0)
        {
            return 0;
        }

        var id = _buckets[hash >> _shift];
        for (var step = 0; step < LongestWalk && _table.IsLive(id); step++)
        {
            ref readonly var entry = ref _table.Entry(id);
            if (entry.Hash == hash && HasName(entry, known, name) && _table.ValueOf(entry).SequenceEqual(value))
            {
                return IndexOf(id);
            }

            id = entry.OlderInBucket;
        }

        return 0;
    }

    /// <summary>The index of an entry with that name, or 0.</summary>
    public int IndexOfName(KnownHeader known, ReadOnlySpan<byte> name)
    {
        if (_table.Count == 0)
        {
            return 0;
        }

        var id = _nameBuckets[FieldHash.OfName(known, name) >> _shift];
        for (var step = 0; step < LongestWalk && _table.IsLive(id); step++)
        {
            ref readonly var entry = ref _table.Entry(id);
            if (HasName(entry, known, name))
            {
                return IndexOf(id);
            }

            id = entry.OlderInNameBucket;
        }

        return 0;
    }

    /// <summary>Inserts a field that fits.</summary>
    public void Insert(uint hash, KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_buckets.Length == 0)
        {
            _buckets = new uint[_bucketCount];
            _nameBuckets = new uint[_bucketCount];
        }

        var id = _table.NextId;
        if (!_table.Insert(name, value, known, hash))
        {
            return;
        }

        ref var entry = ref _table.Entry(id);
        ref var bucket = ref _buckets[hash >> _shift];
        entry.OlderInBucket = bucket;
        bucket = id;
        ref var nameBucket = ref _nameBuckets[FieldHash.OfName(known, name) >> _shift];
        entry.OlderInNameBucket = nameBucket;
        nameBucket = id;
    }

    public void Resize(int capacity) => _table.Resize(capacity);

    private int IndexOf(uint id) => StaticTable.Count + (int)(_table.NextId - id);

    private bool HasName(in TableEntry entry, KnownHeader known, ReadOnlySpan<byte> name)
        => entry.Known == known && (known != KnownHeader.Unknown || _table.NameOf(entry).SequenceEqual(name));
}
