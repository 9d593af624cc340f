using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.Receiving;

/// <summary>
/// DATA frames: to which stream they belong, whether it may have them, and how they reach its handler piece by piece. Part
/// of a connection's receiving half.
/// </summary>
internal sealed class DataReceiver(ConnectionState connection)
{
    private bool _endsStream;

    /// <summary>A DATA frame begins.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="data">Bytes of data in it, or a negative number if the padding is longer than the frame.</param>
    public bool OnDataHeader(in FrameHeader header, int data)
    {
        if (header.StreamId == 0 || data < 0)
        {
            connection.Fail(ErrorCode.ProtocolError, data < 0 ? "padding is longer than its frame" : "DATA on stream 0");
            return false;
        }

        // RFC 9113 section 6.9: the whole frame counts, padding included, on any stream.
        if (!connection.Windows.TryTake(header.Length))
        {
            connection.Fail(ErrorCode.FlowControlError, "the connection's window is exceeded");
            return false;
        }

        connection.Times.OnStreamTraffic();
        connection.Windows.Adapt();
        connection.Windows.ReturnToConnection(header.Length - data);
        _endsStream = header.Has(FrameFlags.EndStream);
        var stream = connection.Streams.Find(header.StreamId);
        connection.Streams.Reading = stream;
        if (data == 0 && !_endsStream && !connection.Allow(ref connection.Flood.EmptyFrame))
        {
            return false;
        }

        if (stream is null)
        {
            OnDataOfClosedStream(header.StreamId);
        }
        else
        {
            CheckData(stream, header, data);
        }

        return !connection.IsDead;
    }

    /// <summary>Bytes of the DATA frame that has begun.</summary>
    public void OnDataPiece(ReadOnlySpan<byte> piece, bool last)
    {
        var stream = connection.Streams.Reading;
        if (stream is null)
        {
            // Nobody wants it, or its stream has closed in mid-frame: it goes straight back to the connection.
            connection.Windows.ReturnToConnection(piece.Length);
            return;
        }

        var ends = last && _endsStream;
        stream.Unreturned += piece.Length;
        stream.EndRemote(ends);
        stream.Handler.OnData(stream, piece, ends);
        connection.Streams.CloseIfEnded(stream);
    }

    /// <summary>An error closes the stream, and with that the frame's data loses it.</summary>
    private void CheckData(StreamState stream, in FrameHeader header, int data)
    {
        if (stream.RemoteEnded)
        {
            connection.Streams.Fail(stream, ErrorCode.StreamClosed);
            return;
        }

        if (connection.IsClient && !stream.HeadReceived)
        {
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.MalformedMessage);
            return;
        }

        if (!connection.Windows.Allows(stream, header.Length))
        {
            connection.Streams.Fail(stream, ErrorCode.FlowControlError);
            return;
        }

        stream.ReceiveWindow.Use(header.Length);
        if (!stream.TryAddBody(data, _endsStream))
        {
            // RFC 9113 section 8.1.1: a content-length that does not hold makes the message malformed.
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.MalformedMessage);
            return;
        }

        if (data == 0 && _endsStream)
        {
            OnDataPiece(default, last: true);
        }

        // Padding is ours to give back.
        if (header.Length > data)
        {
            connection.Windows.ReturnToStream(stream, header.Length - data);
        }
    }

    /// <summary>DATA of a stream that is not there (any more).</summary>
    private void OnDataOfClosedStream(int streamId)
    {
        if (connection.Streams.IsIdle(streamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "DATA on an idle stream");
        }
        else if (!connection.Streams.WasGivenUp(streamId))
        {
            // RFC 9113 section 5.1: the peer has ended it itself.
            connection.Streams.FailClosed(streamId, ErrorCode.StreamClosed);
        }
    }
}
