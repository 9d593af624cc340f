using Mesh.Wire.Buffers;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class ByteBufferTests
{
    [Fact]
    public void Bytes_are_appended_across_growth()
    {
        var buffer = new ByteBuffer();
        for (var i = 0; i < 5000; i++)
        {
            buffer.Append([(byte)i, (byte)(i >> 8)]);
        }

        Assert.Equal(10_000, buffer.Length);
        Assert.Equal(new byte[] { 0x87, 0x13 }, buffer.Written[^2..].ToArray());
        Assert.Equal(new byte[] { 0, 0, 1, 0 }, buffer.Array[..4]);
    }

    [Fact]
    public void Reserved_room_counts_only_when_advanced()
    {
        var buffer = new ByteBuffer(4);
        var room = buffer.Reserve(100);
        Assert.True(room.Length >= 100);
        room[0] = 7;
        Assert.Equal(0, buffer.Length);
        buffer.Advance(1);
        Assert.Equal(new byte[] { 7 }, buffer.Written.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(buffer.Array.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
    }

    [Fact]
    public void Trimming_gives_back_large_storage_and_keeps_what_is_written()
    {
        var buffer = new ByteBuffer();
        buffer.Append(new byte[100_000]);
        buffer.Trim();
        Assert.Equal(100_000, buffer.Length);
        buffer.Clear();
        buffer.Append("kept"u8);
        buffer.Trim();
        Assert.Equal("kept"u8.ToArray(), buffer.Written.ToArray());
        Assert.True(buffer.Array.Length <= ByteBuffer.KeptCapacity);
        buffer.Clear();
        var array = buffer.Array;
        buffer.Trim();
        Assert.Same(array, buffer.Array);
    }
}
