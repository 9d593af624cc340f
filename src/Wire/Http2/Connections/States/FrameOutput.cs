using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// What a connection has written and the channel has not taken, and the control frames, which go there at once. Nothing is
/// written to the channel before the loop's turn ends.
/// </summary>
internal sealed class FrameOutput(Channel channel)
{
    /// <summary>Bytes that the channel has taken.</summary>
    private long _written;

    /// <summary>What waits for the channel. Whoever appends to it requests a flush.</summary>
    public ByteQueue Bytes { get; } = new(channel.Loop.Segments);

    /// <summary>Where, in all that the connection has written, the next byte goes.</summary>
    public long Position => _written + Bytes.Length;

    /// <summary>The channel has taken nothing from there on.</summary>
    public bool HasKeptFrom(long position) => _written <= position;

    public void RequestFlush() => channel.RequestFlush();

    /// <summary>Gives the channel what it takes.</summary>
    /// <param name="taken">How many bytes those were.</param>
    public WriteResult Flush(out int taken)
    {
        var before = Bytes.Length;
        var result = channel.Write(Bytes);
        taken = before - Bytes.Length;
        _written += taken;
        return result;
    }

    /// <summary>Drops everything: the connection is gone.</summary>
    public void Clear() => Bytes.Clear();

    public void WritePreface()
    {
        Bytes.Append(FrameWriter.Preface);
        channel.RequestFlush();
    }

    public void WriteSettings(ReadOnlySpan<(SettingId Id, uint Value)> settings)
    {
        FrameWriter.Settings(Bytes, settings);
        channel.RequestFlush();
    }

    public void WriteSettingsAck()
    {
        FrameWriter.SettingsAck(Bytes);
        channel.RequestFlush();
    }

    public void WritePing(ReadOnlySpan<byte> opaque, bool ack)
    {
        FrameWriter.Ping(Bytes, opaque, ack);
        channel.RequestFlush();
    }

    public void WriteWindowUpdate(int streamId, int increment)
    {
        FrameWriter.WindowUpdate(Bytes, streamId, increment);
        channel.RequestFlush();
    }

    public void WriteRstStream(int streamId, ErrorCode code)
    {
        FrameWriter.RstStream(Bytes, streamId, code);
        channel.RequestFlush();
    }

    public void WriteGoAway(int lastStreamId, ErrorCode code, ReadOnlySpan<byte> debug)
    {
        FrameWriter.GoAway(Bytes, lastStreamId, code, debug);
        channel.RequestFlush();
    }
}
