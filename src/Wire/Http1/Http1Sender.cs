using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>
/// The sending half of a connection of HTTP/1.1: its output, and the framing of the one message that is being sent. Nothing is
/// written to the channel before the loop's turn ends.
/// </summary>
internal sealed class Http1Sender(Http1Connection connection, Channel channel, WireOptions options)
{
    private Stall _unread = new();

    /// <summary>What waits for the channel.</summary>
    public ByteQueue Output { get; } = new(channel.Loop.Segments);

    /// <summary>Bytes that the channel has taken.</summary>
    public long Written { get; private set; }

    /// <summary>So much waits for the channel that nothing should be added.</summary>
    public bool IsFull => Output.Length >= options.OutputHighWater;

    /// <summary>Since when the peer has left output unread; the largest value if it has not.</summary>
    public long UnreadSince => _unread.Since;

    /// <summary>See <see cref="Streams.MessageStream.Write(ReadOnlySpan{byte}, bool)"/>.</summary>
    public int Write(Http1Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        // An end that waits for nothing need not wait.
        var isLate = stream.Owed > 0 || (IsFull && !data.IsEmpty);
        if (!data.IsEmpty)
        {
            Frame(stream, data);
        }

        channel.RequestFlush();
        if (isLate)
        {
            stream.Owed += data.Length;
            stream.EndsWithOwed = endStream;
            return 0;
        }

        if (endStream)
        {
            End(stream);
        }

        return data.Length;
    }

    public void WriteTrailers(Http1Stream stream, HeaderList trailers)
    {
        // What is owed is in the output already, in its order; only the telling is late.
        if (stream.Framing == BodyFraming.Chunked)
        {
            ChunkWriter.WriteLast(Output, trailers);
            stream.Framing = BodyFraming.None;
        }

        channel.RequestFlush();
        if (stream.Owed > 0)
        {
            stream.EndsWithOwed = true;
        }
        else
        {
            End(stream);
        }
    }

    /// <summary>Gives the channel what it takes, and tells of what was owed.</summary>
    public WriteResult Flush()
    {
        while (true)
        {
            var before = Output.Length;
            var result = channel.Write(Output);
            var taken = before - Output.Length;
            Written += taken;
            Note(result, taken);
            if (result == WriteResult.Failed || connection.Current is not { Owed: > 0 } stream || IsFull)
            {
                return result;
            }

            var owed = stream.Owed;
            stream.Owed = 0;
            if (stream.EndsWithOwed)
            {
                // Before the handler is told: what it writes then must find the stream ended.
                stream.EndsWithOwed = false;
                End(stream);
            }

            stream.Handler.OnSent(stream, owed);
        }
    }

    /// <summary>Our message is whole.</summary>
    public void End(Http1Stream stream)
    {
        if (stream.IsClosed || stream.LocalEnded)
        {
            return;
        }

        if (stream.Framing == BodyFraming.Chunked)
        {
            ChunkWriter.WriteLast(Output, trailers: null);
        }

        stream.EndLocal();
        channel.RequestFlush();
        connection.OnLocalEnd(stream, isShort: stream.Framing == BodyFraming.Length && stream.Promised > 0);
    }

    /// <summary>Nothing of what waits will be sent.</summary>
    public void Clear()
    {
        Output.Clear();
        _unread.End();
    }

    private void Frame(Http1Stream stream, ReadOnlySpan<byte> data)
    {
        switch (stream.Framing)
        {
            case BodyFraming.None:
                return; // to a HEAD, say: nobody may send it
            case BodyFraming.Length:
                // More than was promised would be read as the next message.
                data = data[..(int)Math.Min(data.Length, stream.Promised)];
                stream.Promised -= data.Length;
                Output.Append(data);
                return;
            case BodyFraming.Chunked:
                ChunkWriter.Write(Output, data);
                return;
            default:
                Output.Append(data);
                return;
        }
    }

    private void Note(WriteResult result, int taken)
    {
        if (result == WriteResult.Done)
        {
            _unread.End();
        }
        else if (_unread.Since == long.MaxValue)
        {
            _unread.Begin(connection.Now);
            connection.Watch.OnUnread();
        }
        else
        {
            _unread.OnTaken(taken, all: false, connection.Now);
        }
    }
}
