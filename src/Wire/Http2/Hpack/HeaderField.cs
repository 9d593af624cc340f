namespace Mesh.Wire.Http2.Hpack;

/// <summary>A view of one field of a <see cref="HeaderList"/>, valid until the list changes.</summary>
public readonly ref struct HeaderField
{
    internal HeaderField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known, bool neverIndexed)
    {
        Name = name;
        Value = value;
        Known = known;
        NeverIndexed = neverIndexed;
    }

    /// <summary>The name's bytes as they came.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value's bytes as they came.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The name as an integer, if it is a known one.</summary>
    public KnownHeader Known { get; }

    /// <summary>Whether the field must stay out of every compression table on its way (RFC 7541 section 6.2.3).</summary>
    public bool NeverIndexed { get; }
}
