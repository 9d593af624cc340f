using System.Buffers.Binary;
using Mesh.Wire.Http2.Connections.Sending;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections.Receiving;

/// <summary>
/// The receiving half of a connection: what may come when, and what each control frame means (RFC 9113 section 6). DATA and
/// header blocks have parts of their own. Called by <see cref="FrameReader"/>.
/// </summary>
internal sealed class FrameReceiver(ConnectionState connection, PeerSettings peer, FrameSender sender, WireOptions options, ConnectionScratch scratch)
{
    /// <summary>What is said of a frame that is too short or too long for its kind.</summary>
    public const string BadFrameSize = "a frame has not the length of its kind";

    private bool _settingsSeen;

    public DataReceiver Data { get; } = new(connection);

    public HeaderReceiver Headers { get; } = new(connection, peer, sender, options, scratch);

    public bool IsDead => connection.IsDead;

    /// <summary>The client's first bytes are not the preface.</summary>
    /// <param name="first">From the first to the first that is wrong.</param>
    public void OnBadPreface(ReadOnlySpan<byte> first)
    {
        var (violation, why) = Preface.Classify(first) switch
        {
            FirstBytes.Tls => (ProtocolViolation.UnexpectedTls, "TLS on a cleartext port: the client must speak HTTP/2 without TLS"),
            FirstBytes.Http1 => (ProtocolViolation.UnexpectedHttp1, "HTTP/1.x on a port that takes only HTTP/2"),
            _ => (ProtocolViolation.BadPreface, "the client's preface is not HTTP/2's"),
        };
        connection.Fail(violation, ErrorCode.ProtocolError, why);
    }

    public void OnOversizedFrame() => connection.Fail(ErrorCode.FrameSizeError, "a frame is longer than SETTINGS_MAX_FRAME_SIZE");

    /// <summary>Client role: what comes where the server's first frame should be may be another protocol's answer to our preface.</summary>
    /// <returns>It is; the connection has failed.</returns>
    public bool IsOtherProtocol(ReadOnlySpan<byte> first)
    {
        if (_settingsSeen || !connection.IsClient)
        {
            return false;
        }

        if (Preface.IsHttp1Required(first))
        {
            connection.Connection.OtherProtocol = Protocol.Http1;
            connection.Fail(ProtocolViolation.UnexpectedHttp1, ErrorCode.ProtocolError, "the peer asks for HTTP/1.1: it does not speak HTTP/2 here");
        }
        else if (Preface.IsHttp1Answer(first))
        {
            connection.Connection.OtherProtocol = Protocol.Http1;
            connection.Fail(ProtocolViolation.UnexpectedHttp1, ErrorCode.ProtocolError, "the peer answers in HTTP/1.x: it does not speak HTTP/2 here");
        }
        else if (Preface.IsTlsAlert(first))
        {
            connection.Fail(ProtocolViolation.UnexpectedTls, ErrorCode.ProtocolError, "the peer answers with a TLS alert: it wants TLS");
        }

        return connection.IsDead;
    }

    public void OnBadFrameSize() => connection.Fail(ErrorCode.FrameSizeError, BadFrameSize);

    /// <summary>What may come at this point, whatever it says.</summary>
    public bool MayFollow(in FrameHeader header)
    {
        // RFC 9113 section 3.4: SETTINGS is the first frame of either side.
        if (!_settingsSeen && (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)))
        {
            connection.Fail(ErrorCode.ProtocolError, "the first frame is not SETTINGS");
            return false;
        }

        if (!Headers.MayFollow(header))
        {
            connection.Fail(ErrorCode.ProtocolError, "a header block is interrupted");
            return false;
        }

        return true;
    }

    /// <summary>A frame of a type we do not know (RFC 9113 section 5.5).</summary>
    public bool OnUnknownFrame() => connection.Allow(ref connection.Flood.StrayFrame);

    /// <summary>A whole frame that is not DATA.</summary>
    public void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Headers:
                Headers.OnHeaders(header, payload);
                break;
            case FrameType.Continuation:
                Headers.OnContinuation(header, payload);
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
            connection.Allow(ref connection.Flood.Priority);
        }
    }

    private void ResetOrRefuse(int streamId, ErrorCode code)
    {
        var stream = connection.Streams.Find(streamId);
        if (stream is not null)
        {
            connection.Streams.Fail(stream, code);
        }
        else if (connection.Streams.IsIdle(streamId))
        {
            // RFC 9113 section 6.4: an idle stream cannot be reset.
            connection.Fail(code, "PRIORITY of an idle stream is malformed");
        }
        else
        {
            connection.Streams.FailClosed(streamId, code);
        }
    }

    private void OnRstStream(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            OnBadFrameSize();
            return;
        }

        if (header.StreamId == 0 || connection.Streams.IsIdle(header.StreamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "RST_STREAM on an idle stream");
            return;
        }

        // Rapid reset (CVE-2023-44487): each costs us a stream and the peer nothing. Not so where we have answered, or
        // have opened the stream ourselves: a server that is out of breath may refuse what we send.
        var stream = connection.Streams.Find(header.StreamId);
        var isCheap = stream is null || (!connection.IsClient && !stream.LocalEnded);
        if (isCheap && !connection.Allow(ref connection.Flood.Reset))
        {
            return;
        }

        if (stream is not null)
        {
            var code = (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload);
            connection.Streams.End(stream, new StreamReset(code, ResetCause.Peer));
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
            else if (connection.Windows.OnSettingsAcknowledged())
            {
                Headers.OnSettingsAcknowledged();
            }
            else
            {
                connection.Allow(ref connection.Flood.StrayFrame);
            }

            return;
        }

        if (payload.Length % 6 != 0)
        {
            OnBadFrameSize();
            return;
        }

        if (!connection.Allow(ref connection.Flood.Settings))
        {
            return;
        }

        peer.OnSettingsFrame();
        if (!_settingsSeen)
        {
            _settingsSeen = true;
            connection.Times.OnHandshakeDone();
        }

        for (; !payload.IsEmpty && !IsDead; payload = payload[6..])
        {
            var id = (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload);
            peer.Apply(id, BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        }

        if (!IsDead)
        {
            peer.OnSettingsApplied();
        }

        if (!IsDead)
        {
            connection.Output.WriteSettingsAck();
            connection.Connection.Handler.OnCapacityChanged(connection.Connection);
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
            if (connection.Allow(ref connection.Flood.StrayFrame))
            {
                connection.Departure.OnPingAck(payload);
            }
        }
        else if (connection.Allow(ref connection.Flood.Ping))
        {
            connection.Output.WritePing(payload, ack: true);
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
        else if (connection.Allow(ref connection.Flood.StrayFrame))
        {
            var code = (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
            if (connection.IsClient && code == ErrorCode.Http11Required)
            {
                connection.Connection.OtherProtocol = Protocol.Http1;
            }

            connection.Departure.OnPeer(BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff, code);
        }
    }

    private void OnWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            OnBadFrameSize();
            return;
        }

        if (!connection.Allow(ref connection.Flood.WindowUpdate))
        {
            return;
        }

        var increment = BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff;
        if (header.StreamId == 0)
        {
            sender.OnConnectionWindow(increment);
            return;
        }

        var stream = connection.Streams.Find(header.StreamId);
        if (stream is not null)
        {
            sender.OnStreamWindow(stream, increment);
        }
        else if (connection.Streams.IsIdle(header.StreamId))
        {
            connection.Fail(ErrorCode.ProtocolError, "WINDOW_UPDATE on an idle stream");
        }
    }
}
