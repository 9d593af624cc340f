using System.Buffers.Binary;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Blocks;
using Mesh.Wire.Http2.Connections.Sending;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.Receiving;

/// <summary>
/// HEADERS and CONTINUATION: puts a header block together, decodes it, and decides what it is to its stream: a request, a
/// response, an interim one, trailers, or a mistake. Part of a connection's receiving half.
/// </summary>
internal sealed class HeaderReceiver(ConnectionState connection, PeerSettings peer, FrameSender sender, WireOptions options, ConnectionScratch scratch)
{
    /// <summary>CONTINUATION frames of one block. An honest peer fills its frames; this many of the smallest size hold 512 KiB.</summary>
    private const int MostContinuations = 32;

    /// <summary>The peer's table until it has acknowledged that ours is smaller (RFC 9113 section 4.3.1).</summary>
    private const int InitialTableSize = 4096;

    private readonly HpackDecoder _decoder = new(Math.Max(options.HeaderTableSize, InitialTableSize), options.MaxHeaderListSize, options.MaxHeaderCount);

    private readonly long _decoderNumber = scratch.Blocks.NextDecoder();

    /// <summary>The header block under way; null while there is none.</summary>
    private ByteBuffer? _block;
    private long _blockSince;
    private int _blockStreamId;
    private bool _blockEndsStream;
    private int _continuations;

    /// <summary>Since when a header block waits for its rest, in the loop's time; the largest value if none does.</summary>
    public long BlockSince => _block is null ? long.MaxValue : _blockSince;

    /// <summary>RFC 9113 section 6.10: nothing comes between the frames of a header block.</summary>
    public bool MayFollow(in FrameHeader header) =>
        _block is null || (header.Type == FrameType.Continuation && header.StreamId == _blockStreamId);

    /// <summary>The peer has acknowledged our settings.</summary>
    public void OnSettingsAcknowledged()
    {
        if (options.HeaderTableSize < InitialTableSize)
        {
            _decoder.SetMaxTableSize(options.HeaderTableSize);
        }
    }

    public void OnHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
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
                connection.Fail(ErrorCode.FrameSizeError, FrameReceiver.BadFrameSize);
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
                connection.Fail(ErrorCode.FrameSizeError, FrameReceiver.BadFrameSize);
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

    public void OnContinuation(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_block is null)
        {
            connection.Fail(ErrorCode.ProtocolError, "CONTINUATION without HEADERS");
            return;
        }

        // Before it is kept: the block may not outgrow what we would decode (CVE-2024-27316 and its kin).
        if (++_continuations > MostContinuations || _block.Length + payload.Length > 2 * options.MaxHeaderListSize)
        {
            connection.Fail(ProtocolViolation.ContinuationFlood, ErrorCode.EnhanceYourCalm, "a header block without end");
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

    /// <summary>Gives back the memory of a block that will not be completed.</summary>
    public void Release()
    {
        if (_block is not null)
        {
            scratch.Return(_block);
            _block = null;
        }
    }

    /// <summary>
    /// Every block is decoded, whatever becomes of its stream: the table is the connection's (RFC 9113 section 4.3).
    /// </summary>
    private void OnBlock(int streamId, ReadOnlySpan<byte> block, bool endStream)
    {
        connection.Times.OnStreamTraffic();
        var result = scratch.Blocks.Decode(_decoder, _decoderNumber, block, out var decoded);
        if (result == HpackResult.CompressionError)
        {
            connection.Fail(ErrorCode.CompressionError, "a header block cannot be decoded");
            return;
        }

        var tooLarge = result == HpackResult.HeaderListTooLarge;
        var stream = connection.Streams.Find(streamId);
        if (stream is null)
        {
            OnBlockOfNewStream(streamId, decoded, endStream, tooLarge);
        }
        else if (stream.RemoteEnded)
        {
            connection.Streams.Fail(stream, ErrorCode.StreamClosed);
        }
        else if (tooLarge)
        {
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.HeadersTooLarge);
        }
        else if (connection.IsClient && !stream.HeadReceived)
        {
            OnResponse(stream, decoded, endStream);
        }
        else
        {
            OnTrailers(stream, decoded, endStream);
        }
    }

    private void OnBlockOfNewStream(int streamId, DecodedBlock decoded, bool endStream, bool tooLarge)
    {
        if (connection.IsClient)
        {
            if (connection.Streams.IsIdle(streamId))
            {
                connection.Fail(ErrorCode.ProtocolError, "HEADERS on an idle stream");
            }
            else if (!connection.Streams.WasGivenUp(streamId))
            {
                // RFC 9113 section 5.1 leaves the choice where the server has reset it. Where it has ended it this is kinder
                // than the rule: the connection carries other callers' streams, who have done nothing.
                connection.Streams.FailClosed(streamId, ErrorCode.StreamClosed);
            }
            else
            {
                connection.Allow(ref connection.Flood.StrayFrame);
            }

            return;
        }

        if ((streamId & 1) == 0)
        {
            connection.Fail(ProtocolViolation.StreamIdError, ErrorCode.ProtocolError, "a client's stream has an even number");
            return;
        }

        if (streamId <= connection.Streams.LastOfPeer)
        {
            if (!connection.Streams.WasGivenUp(streamId))
            {
                connection.Fail(ProtocolViolation.StreamIdError, ErrorCode.StreamClosed, "HEADERS on a closed stream, or one that was passed over");
            }
            else
            {
                connection.Allow(ref connection.Flood.StrayFrame);
            }

            return;
        }

        connection.Streams.LastOfPeer = streamId;
        if (!connection.Departure.Takes(streamId))
        {
            connection.Allow(ref connection.Flood.StrayFrame);
            return; // above the last id of our GOAWAY: the peer knows that it was not looked at
        }

        if (connection.Streams.Count >= options.MaxConcurrentStreams)
        {
            connection.Streams.Refuse(streamId, ErrorCode.RefusedStream);
            connection.Allow(ref connection.Flood.ProvokedReset);
            return;
        }

        if (tooLarge)
        {
            connection.Count(ProtocolViolation.HeadersTooLarge);
            AnswerHeadersTooLarge(streamId, endStream);
            connection.Allow(ref connection.Flood.ProvokedReset);
            return;
        }

        if (!decoded.IsRequest(out var contentLength) || (endStream && contentLength > 0))
        {
            connection.Count(ProtocolViolation.MalformedMessage);
            connection.Streams.Refuse(streamId, ErrorCode.ProtocolError);
            connection.Allow(ref connection.Flood.ProvokedReset);
            return;
        }

        var stream = connection.Streams.Add(streamId, peer.InitialWindow);
        stream.OnHead(contentLength, endStream);
        connection.Connection.Handler.OnRequest(stream, decoded.Headers, endStream);
        connection.Streams.CloseIfEnded(stream);
    }

    /// <summary>431, as HTTP has it for this (RFC 6585 section 5); the rest of the request is not wanted.</summary>
    private void AnswerHeadersTooLarge(int streamId, bool endStream)
    {
        var stream = connection.Streams.Add(streamId, peer.InitialWindow);
        stream.Handler = Unhandled.Instance;
        stream.OnHead(contentLength: -1, endStream);
        var headers = scratch.RentList();
        headers.Add(KnownHeader.Status, "431"u8);
        sender.WriteHeaders(stream, headers, endStream: true);
        scratch.Return(headers);
        sender.StopPeerWhenDone(stream);
    }

    private void OnResponse(StreamState stream, DecodedBlock decoded, bool endStream)
    {
        if (!decoded.IsResponse(out var status, out var contentLength) || (status < 200 && endStream))
        {
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.MalformedMessage);
            return;
        }

        if (status < 200)
        {
            if (connection.Allow(ref connection.Flood.Interim))
            {
                stream.Handler.OnInterim(stream, decoded.Headers);
            }

            return;
        }

        // A response to HEAD and a 304 tell a length they do not send (RFC 9110 section 8.6); they, and a 204, have no content.
        if (stream.IsHead || status is 204 or 304)
        {
            contentLength = 0;
        }

        if (endStream && contentLength > 0)
        {
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.MalformedMessage);
            return;
        }

        stream.OnHead(contentLength, endStream);
        stream.Handler.OnHeaders(stream, decoded.Headers, endStream);
        connection.Streams.CloseIfEnded(stream);
    }

    private void OnTrailers(StreamState stream, DecodedBlock decoded, bool endStream)
    {
        if (!endStream || !stream.HasWholeBody || !decoded.AreTrailers())
        {
            connection.Streams.Fail(stream, ErrorCode.ProtocolError, ProtocolViolation.MalformedMessage);
            return;
        }

        stream.EndRemote();
        stream.Handler.OnTrailers(stream, decoded.Headers);
        connection.Streams.CloseIfEnded(stream);
    }
}
