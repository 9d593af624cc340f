namespace Mesh.Wire.Http2.Hpack;

/// <summary>Where a <see cref="HeaderList"/> keeps one field, and what the codec remembers about it.</summary>
internal struct HeaderSlot
{
    public int NameOffset;
    public int NameLength;
    public int ValueOffset;
    public int ValueLength;

    /// <summary><see cref="FieldHash.Of"/> of the field, 0 while nobody asked for it. A field decoded from a table brings it along.</summary>
    public uint Hash;

    /// <summary>The index of the same field in the static table, 0 while unknown.</summary>
    public byte StaticIndex;

    public bool NeverIndexed;
}
