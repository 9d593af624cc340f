using Mesh.Wire.Buffers;

namespace Mesh.Wire.Http1;

/// <summary>Puts small pieces behind each other into a queue. <see cref="Flush"/> must be called at the end.</summary>
internal ref struct HeadOutput(ByteQueue queue)
{
    /// <summary>Most heads fit.</summary>
    private const int Least = 1024;

    private Span<byte> _room = queue.Reserve(Least);
    private int _used;

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > _room.Length - _used)
        {
            AddLarge(piece);
            return;
        }

        piece.CopyTo(_room[_used..]);
        _used += piece.Length;
    }

    /// <summary>A field's line. Nothing in a list ends a line, as <see cref="Messages.MessageRules"/> sees to.</summary>
    public void AddField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var length = name.Length + value.Length + 4;
        if (length > _room.Length - _used)
        {
            Add(name);
            Add(": "u8);
            Add(value);
            Add("\r\n"u8);
            return;
        }

        var line = _room.Slice(_used, length);
        name.CopyTo(line);
        line[name.Length] = (byte)':';
        line[name.Length + 1] = (byte)' ';
        value.CopyTo(line[(name.Length + 2)..]);
        line[^2] = (byte)'\r';
        line[^1] = (byte)'\n';
        _used += length;
    }

    /// <summary>Makes all of it part of the queue.</summary>
    public void Flush()
    {
        queue.Advance(_used);
        _room = default;
        _used = 0;
    }

    private void AddLarge(ReadOnlySpan<byte> piece)
    {
        queue.Advance(_used);
        queue.Append(piece);
        _room = queue.Reserve(Least);
        _used = 0;
    }
}
