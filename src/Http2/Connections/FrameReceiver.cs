using System.Buffers.Binary;
using Mesh.Http2.Buffers;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Messages;
using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// The receiving half of a connection: what each frame means, what RFC 9113 says of it, and the windows we have given.
/// Called by <see cref="FrameReader"/>.
/// </summary>
internal sealed class FrameReceiver(Http2Connection connection, Http2Options options, ConnectionScratch scratch)
{
    /// <summary>CONTINUATION frames of one block. An honest peer fills its frames; this many of the smallest size hold 512 KiB.</summary>
    private const int MostContinuations = 32;

    /// <summary>The peer's table until it has acknowledged that ours is smaller (RFC 9113 section 4.3.1).</summary>
    private const int InitialTableSize = 4096;

    private readonly HpackDecoder _decoder = new(Math.Max(options.HeaderTableSize, InitialTableSize), options.MaxHeaderListSize, options.MaxHeaderCount);
    private readonly FloodGuard _flood = new(connection.Now);

    /// <summary>The header block under way; null while there is none.</summary>
    private ByteBuffer? _block;
    private long _blockSince;
    private int _blockStreamId;
    private bool _blockEndsStream;
    private int _continuations;

    private Http2Stream? _dataStream;
    private bool _dataEndsStream;

    private int _windowLeft = options.ConnectionWindow;
    private int _unannounced;
    private bool _settingsSeen;

    public bool IsDead => connection.IsDead;

    /// <summary>The highest stream the peer has opened (server role).</summary>
    public int LastPeerStreamId { get; private set; }

    public FloodGuard Flood => _flood;

    /// <summary>What the peer may send on the connection, and what we have taken back and not yet told it. For tests.</summary>
    public (int Left, int Unannounced) ConnectionCredit => (_windowLeft, _unannounced);

    /// <summary>Since when a header block waits for its rest, in the loop's time; the largest value if none does.</summary>
    public long BlockSince => _block is null ? long.MaxValue : _blockSince;

    public void OnBadPreface() => connection.Fail(ErrorCode.ProtocolError, "the client's preface is not HTTP/2's");

    public void OnOversizedFrame() => connection.Fail(ErrorCode.FrameSizeError, "a frame is longer than SETTINGS_MAX_FRAME_SIZE");

    public void OnBadFrameSize() => connection.Fail(ErrorCode.FrameSizeError, "a frame has not the length of its kind");

    /// <summary>What may come at this point, whatever it says.</summary>
    public bool MayFollow(in FrameHeader header)
    {
        // RFC 9113 section 3.4: SETTINGS is the first frame of either side.
        if (!_settingsSeen && (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)))
        {
            connection.Fail(ErrorCode.ProtocolError, "the first frame is not SETTINGS");
            return false;
        }

        // RFC 9113 section 6.10: nothing comes between the frames of a header block.
        if (_block is not null && (header.Type != FrameType.Continuation || header.StreamId != _blockStreamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "a header block is interrupted");
            return false;
        }

        return true;
    }

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
        if (header.Length > _windowLeft)
        {
            connection.Fail(ErrorCode.FlowControlError, "the connection's window is exceeded");
            return false;
        }

        _windowLeft -= header.Length;
        connection.Watch.OnStreamTraffic();
        ReturnToConnection(header.Length - data);
        _dataEndsStream = header.Has(FrameFlags.EndStream);
        _dataStream = connection.Find(header.StreamId);
        if (data == 0 && !_dataEndsStream && !Allow(Flood.EmptyFrame))
        {
            return false;
        }

        if (_dataStream is null)
        {
            OnDataOfClosedStream(header.StreamId);
        }
        else
        {
            CheckData(_dataStream, header, data);
        }

        return !IsDead;
    }

    /// <summary>Bytes of the DATA frame that has begun.</summary>
    public void OnDataPiece(ReadOnlySpan<byte> piece, bool last)
    {
        var stream = _dataStream;
        if (stream is null)
        {
            // Nobody wants it, or its stream has closed in mid-frame: it goes straight back to the connection.
            ReturnToConnection(piece.Length);
            return;
        }

        var ends = last && _dataEndsStream;
        stream.Unreturned += piece.Length;
        if (ends)
        {
            stream.RemoteEnded = true;
        }

        stream.Handler.OnData(stream, piece, ends);
        connection.CloseIfEnded(stream);
    }

    /// <summary>A whole frame that is not DATA.</summary>
    public void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Headers:
                OnHeaders(header, payload);
                break;
            case FrameType.Continuation:
                OnContinuation(header, payload);
                break;
            case FrameType.Priority:
                OnPriority(header, payload);
                break;
            case FrameType.RstStream:
                OnRstStream(header, payload);
                break;
            case FrameType.Settings:
                OnSettings(header, payload);
                break;
            case FrameType.PushPromise:
                // RFC 9113 section 8.4: a client cannot push, and we have told servers not to.
                connection.Fail(ErrorCode.ProtocolError, "PUSH_PROMISE, although push is off");
                break;
            case FrameType.Ping:
                OnPing(header, payload);
                break;
            case FrameType.GoAway:
                OnGoAway(header, payload);
                break;
            case FrameType.WindowUpdate:
                OnWindowUpdate(header, payload);
                break;
        }
    }

    /// <summary>See <see cref="Http2Stream.ReturnCredit"/>.</summary>
    public void ReturnCredit(Http2Stream stream, int bytes)
    {
        if (bytes == 0 || stream.IsClosed)
        {
            return; // closing gave back the rest
        }

        stream.Unreturned -= bytes;
        ReturnToConnection(bytes);
        ReturnToStream(stream, bytes);
    }

    /// <summary>A stream has closed: what its handler has not returned goes back to the connection.</summary>
    public void OnStreamClosed(Http2Stream stream)
    {
        if (ReferenceEquals(_dataStream, stream))
        {
            _dataStream = null;
        }

        ReturnToConnection(stream.Unreturned);
        stream.Unreturned = 0;
    }

    /// <summary>Gives back the memory of a block that will not be completed.</summary>
    public void Release()
    {
        if (_block is not null)
        {
            scratch.Return(_block);
            _block = null;
        }
    }

    private void ReturnToStream(Http2Stream stream, int bytes)
    {
        stream.Unannounced += bytes;
        // Half a window at a time: a peer that fills it is told before it runs dry, and small messages cost no frame.
        if (!stream.IsClosed && !stream.RemoteEnded && stream.Unannounced >= options.StreamWindow / 2)
        {
            connection.Sender.WriteWindowUpdate(stream.Id, stream.Unannounced);
            stream.ReceiveWindow += stream.Unannounced;
            stream.Unannounced = 0;
        }
    }

    private void ReturnToConnection(int bytes)
    {
        _unannounced += bytes;
        if (_unannounced >= options.ConnectionWindow / 2 && !IsDead)
        {
            connection.Sender.WriteWindowUpdate(0, _unannounced);
            _windowLeft += _unannounced;
            _unannounced = 0;
        }
    }

    /// <summary>An error closes the stream, and with that the frame's data loses it.</summary>
    private void CheckData(Http2Stream stream, in FrameHeader header, int data)
    {
        if (stream.RemoteEnded)
        {
            connection.StreamError(stream, ErrorCode.StreamClosed);
            return;
        }

        if (connection.IsClient && !stream.HeadReceived)
        {
            connection.StreamError(stream, ErrorCode.ProtocolError);
            return;
        }

        if (header.Length > stream.ReceiveWindow)
        {
            connection.StreamError(stream, ErrorCode.FlowControlError);
            return;
        }

        stream.ReceiveWindow -= header.Length;
        stream.BodyReceived += data;
        if (stream.ContentLength >= 0 && (stream.BodyReceived > stream.ContentLength || (_dataEndsStream && stream.BodyReceived != stream.ContentLength)))
        {
            // RFC 9113 section 8.1.1: a content-length that does not hold makes the message malformed.
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.StreamError(stream, ErrorCode.ProtocolError);
            return;
        }

        if (data == 0 && _dataEndsStream)
        {
            OnDataPiece(default, last: true);
        }

        // Padding is ours to give back.
        if (header.Length > data)
        {
            ReturnToStream(stream, header.Length - data);
        }
    }

    /// <summary>DATA of a stream that is not there (any more).</summary>
    private void OnDataOfClosedStream(int streamId)
    {
        if (connection.IsIdle(streamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "DATA on an idle stream");
        }
        else if (!connection.WasGivenUp(streamId))
        {
            // RFC 9113 section 5.1: the peer has ended it itself.
            connection.Sender.WriteRstStream(streamId, ErrorCode.StreamClosed);
            Allow(Flood.ProvokedReset);
        }
    }

    private void OnHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId == 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "HEADERS on stream 0");
            return;
        }

        var padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            if (payload.IsEmpty)
            {
                OnBadFrameSize();
                return;
            }

            padding = payload[0];
            payload = payload[1..];
        }

        var dependsOnItself = false;
        if (header.Has(FrameFlags.Priority))
        {
            if (payload.Length < 5)
            {
                OnBadFrameSize();
                return;
            }

            dependsOnItself = (BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff) == header.StreamId;
            payload = payload[5..];
        }

        if (padding > payload.Length)
        {
            connection.Fail(ErrorCode.ProtocolError, "padding is longer than its frame");
            return;
        }

        if (dependsOnItself)
        {
            // RFC 7540 section 5.3.1; RFC 9113 has dropped priorities, and its peers do not send this.
            connection.Fail(ErrorCode.ProtocolError, "a stream depends on itself");
            return;
        }

        payload = payload[..^padding];
        if (header.Has(FrameFlags.EndHeaders))
        {
            OnBlock(header.StreamId, payload, header.Has(FrameFlags.EndStream));
            return;
        }

        _block = scratch.RentBuffer();
        _block.Append(payload);
        _blockStreamId = header.StreamId;
        _blockEndsStream = header.Has(FrameFlags.EndStream);
        _blockSince = connection.Now;
        _continuations = 0;
    }

    private void OnContinuation(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_block is null)
        {
            connection.Fail(ErrorCode.ProtocolError, "CONTINUATION without HEADERS");
            return;
        }

        // Before it is kept: the block may not outgrow what we would decode (CVE-2024-27316 and its kin).
        if (++_continuations > MostContinuations || _block.Length + payload.Length > 2 * options.MaxHeaderListSize)
        {
            connection.Count(ProtocolViolation.ContinuationFlood);
            connection.Fail(ErrorCode.EnhanceYourCalm, "a header block without end");
            return;
        }

        _block.Append(payload);
        if (header.Has(FrameFlags.EndHeaders))
        {
            var block = _block;
            _block = null;
            OnBlock(header.StreamId, block.Written, _blockEndsStream);
            scratch.Return(block);
        }
    }

    /// <summary>
    /// Every block is decoded, whatever becomes of its stream: the table is the connection's (RFC 9113 section 4.3).
    /// </summary>
    private void OnBlock(int streamId, ReadOnlySpan<byte> block, bool endStream)
    {
        connection.Watch.OnStreamTraffic();
        var headers = scratch.Decoded;
        var result = _decoder.Decode(block, headers);
        if (result == HpackResult.CompressionError)
        {
            connection.Fail(ErrorCode.CompressionError, "a header block cannot be decoded");
            return;
        }

        var tooLarge = result == HpackResult.HeaderListTooLarge;
        var stream = connection.Find(streamId);
        if (stream is null)
        {
            OnBlockOfNewStream(streamId, headers, endStream, tooLarge);
        }
        else if (stream.RemoteEnded)
        {
            connection.StreamError(stream, ErrorCode.StreamClosed);
        }
        else if (tooLarge)
        {
            connection.Count(ProtocolViolation.HeadersTooLarge);
            connection.StreamError(stream, ErrorCode.ProtocolError);
        }
        else if (connection.IsClient && !stream.HeadReceived)
        {
            OnResponse(stream, headers, endStream);
        }
        else
        {
            OnTrailers(stream, headers, endStream);
        }
    }

    private void OnBlockOfNewStream(int streamId, HeaderList headers, bool endStream, bool tooLarge)
    {
        if (connection.IsClient)
        {
            if (connection.IsIdle(streamId))
            {
                connection.Fail(ErrorCode.ProtocolError, "HEADERS on an idle stream");
            }

            return; // of a stream we have given up
        }

        if ((streamId & 1) == 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "a client's stream has an even number");
            return;
        }

        if (streamId <= LastPeerStreamId)
        {
            if (!connection.WasGivenUp(streamId))
            {
                connection.Fail(ErrorCode.StreamClosed, "HEADERS on a closed stream");
            }

            return;
        }

        LastPeerStreamId = streamId;
        if (!connection.TakesNewStreams(streamId))
        {
            return; // above the last id of our GOAWAY: the peer knows that it was not looked at
        }

        if (connection.OpenStreams >= options.MaxConcurrentStreams)
        {
            connection.RefuseStream(streamId, ErrorCode.RefusedStream);
            Allow(Flood.ProvokedReset);
            return;
        }

        if (tooLarge)
        {
            connection.Count(ProtocolViolation.HeadersTooLarge);
            connection.AnswerHeadersTooLarge(streamId, endStream);
            Allow(Flood.ProvokedReset);
            return;
        }

        if (!MessageRules.IsRequest(headers, out var contentLength) || (endStream && contentLength > 0))
        {
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.RefuseStream(streamId, ErrorCode.ProtocolError);
            Allow(Flood.ProvokedReset);
            return;
        }

        var stream = connection.AcceptStream(streamId);
        stream.ContentLength = contentLength;
        stream.HeadReceived = true;
        stream.RemoteEnded = endStream;
        connection.Handler.OnRequest(stream, headers, endStream);
        connection.CloseIfEnded(stream);
    }

    private void OnResponse(Http2Stream stream, HeaderList headers, bool endStream)
    {
        if (!MessageRules.IsResponse(headers, out var status, out var contentLength) || (status < 200 && endStream))
        {
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.StreamError(stream, ErrorCode.ProtocolError);
            return;
        }

        if (status < 200)
        {
            if (Allow(Flood.Interim))
            {
                stream.Handler.OnInterim(stream, headers);
            }

            return;
        }

        // A response to HEAD and a 304 tell a length they do not send (RFC 9110 section 8.6).
        if (stream.IsHead || status is 204 or 304)
        {
            contentLength = -1;
        }

        if (endStream && contentLength > 0)
        {
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.StreamError(stream, ErrorCode.ProtocolError);
            return;
        }

        stream.HeadReceived = true;
        stream.ContentLength = contentLength;
        stream.RemoteEnded = endStream;
        stream.Handler.OnHeaders(stream, headers, endStream);
        connection.CloseIfEnded(stream);
    }

    private void OnTrailers(Http2Stream stream, HeaderList headers, bool endStream)
    {
        var shortBody = stream.ContentLength >= 0 && stream.BodyReceived != stream.ContentLength;
        if (!endStream || shortBody || !MessageRules.AreTrailers(headers))
        {
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.StreamError(stream, ErrorCode.ProtocolError);
            return;
        }

        stream.RemoteEnded = true;
        stream.Handler.OnTrailers(stream, headers);
        connection.CloseIfEnded(stream);
    }

    /// <summary>RFC 9113 section 5.3.2: priorities are ignored, their form is not.</summary>
    private void OnPriority(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId == 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "PRIORITY on stream 0");
        }
        else if (payload.Length != 5)
        {
            // A stream error (section 6.3), also where there is no such stream yet.
            ResetOrRefuse(header.StreamId, ErrorCode.FrameSizeError);
        }
        else if ((BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff) == header.StreamId)
        {
            ResetOrRefuse(header.StreamId, ErrorCode.ProtocolError);
        }
        else
        {
            Allow(Flood.Priority);
        }
    }

    private void ResetOrRefuse(int streamId, ErrorCode code)
    {
        var stream = connection.Find(streamId);
        if (stream is not null)
        {
            connection.StreamError(stream, code);
        }
        else if (connection.IsIdle(streamId))
        {
            // RFC 9113 section 6.4: an idle stream cannot be reset.
            connection.Fail(code, "PRIORITY of an idle stream is malformed");
        }
        else
        {
            connection.Sender.WriteRstStream(streamId, code);
            Allow(Flood.ProvokedReset);
        }
    }

    private void OnRstStream(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            OnBadFrameSize();
            return;
        }

        if (header.StreamId == 0 || connection.IsIdle(header.StreamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "RST_STREAM on an idle stream");
            return;
        }

        // Rapid reset (CVE-2023-44487): each costs us a stream and the peer nothing. Not so where we have answered, or
        // have opened the stream ourselves: a server that is out of breath may refuse what we send.
        var stream = connection.Find(header.StreamId);
        var isCheap = stream is null || (!connection.IsClient && !stream.LocalEnded);
        if (isCheap && !Allow(Flood.Reset))
        {
            return;
        }

        if (stream is not null)
        {
            var code = (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload);
            connection.EndByPeer(stream, new StreamReset(code, ResetCause.Peer));
        }
    }

    private void OnSettings(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId != 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "SETTINGS on a stream");
            return;
        }

        if (header.Has(FrameFlags.Ack))
        {
            if (!payload.IsEmpty)
            {
                OnBadFrameSize();
            }
            else if (options.HeaderTableSize < InitialTableSize)
            {
                _decoder.SetMaxTableSize(options.HeaderTableSize);
            }

            return;
        }

        if (payload.Length % 6 != 0)
        {
            OnBadFrameSize();
            return;
        }

        if (!Allow(Flood.Settings))
        {
            return;
        }

        connection.Peer.OnSettingsFrame();
        if (!_settingsSeen)
        {
            _settingsSeen = true;
            connection.Watch.OnHandshakeDone();
        }

        for (; !payload.IsEmpty && !IsDead; payload = payload[6..])
        {
            var id = (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload);
            connection.Peer.Apply(id, BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        }

        if (!IsDead)
        {
            connection.Sender.WriteSettingsAck();
            connection.Handler.OnCapacityChanged(connection);
        }
    }

    private void OnPing(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 8)
        {
            OnBadFrameSize();
        }
        else if (header.StreamId != 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "PING on a stream");
        }
        else if (header.Has(FrameFlags.Ack))
        {
            connection.OnPingAck(payload);
        }
        else if (Allow(Flood.Ping))
        {
            connection.Sender.WritePing(payload, ack: true);
        }
    }

    private void OnGoAway(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId != 0)
        {
            connection.Fail(ErrorCode.ProtocolError, "GOAWAY on a stream");
        }
        else if (payload.Length < 8)
        {
            OnBadFrameSize();
        }
        else
        {
            connection.OnPeerGoesAway(
                BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff,
                (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]));
        }
    }

    private void OnWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            OnBadFrameSize();
            return;
        }

        if (!Allow(Flood.WindowUpdate))
        {
            return;
        }

        var increment = BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff;
        if (header.StreamId == 0)
        {
            connection.Sender.OnConnectionWindow(increment);
            return;
        }

        var stream = connection.Find(header.StreamId);
        if (stream is not null)
        {
            connection.Sender.OnStreamWindow(stream, increment);
        }
        else if (connection.IsIdle(header.StreamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "WINDOW_UPDATE on an idle stream");
        }
    }

    /// <summary>Takes one from a budget; an overdrawn one ends the connection.</summary>
    private bool Allow(FloodBudget budget)
    {
        if (budget.TryTake(connection.Now))
        {
            return true;
        }

        connection.Count(budget.Violation);
        connection.Fail(ErrorCode.EnhanceYourCalm, "too many frames that lead nowhere");
        return false;
    }
}
