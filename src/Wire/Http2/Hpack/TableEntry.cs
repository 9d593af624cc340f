namespace Mesh.Wire.Http2.Hpack;

/// <summary>Where a table keeps one field: the name at <see cref="Offset"/>, the value right behind it.</summary>
internal struct TableEntry
{
    public int Offset;
    public int NameLength;
    public int ValueLength;

    /// <summary><see cref="FieldHash.Of"/> of the field.</summary>
    public uint Hash;

    /// <summary>The encoder's chain of entries whose hashes share a bucket; the next older one's id.</summary>
    public uint OlderInBucket;

    /// <summary>The encoder's chain of entries whose names share a bucket; the next older one's id.</summary>
    public uint OlderInNameBucket;

    public KnownHeader Known;

    /// <summary>Octets of name and value together.</summary>
    public readonly int Length => NameLength + ValueLength;
}
