using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>
/// The client role of HTTP/1.1: one request at a time, no pipelining. A request is sent once, whatever becomes of it: who may try
/// again is decided elsewhere (RFC 9110 section 9.2.2).
/// </summary>
internal sealed class Http1Client(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    : Http1Connection(channel, isClient: true, handler, options, violations)
{
    private const string SpeaksHttp2 = "it speaks HTTP/2, as servers of gRPC do, and was asked in HTTP/1.1";

    private readonly ResponseReader _heads = new(channel.Loop.Scratch, Http1Limits.Of(options));

    /// <summary>In a status line.</summary>
    private const int MinorVersionAt = 7;

    private FloodBudget _interim = FloodBudget.OfInterim(channel.Loop.Now);
    private bool _connected;
    private bool _hasRoom;

    /// <inheritdoc/>
    public override bool IsConnected => _connected && !IsDead;

    /// <inheritdoc/>
    public override bool WasReady => _connected;

    /// <inheritdoc/>
    public override bool PeerGoesAway => IsLast;

    /// <inheritdoc/>
    public override bool CanOpen => IsConnected && !IsLast && Current is null;

    /// <inheritdoc/>
    public override bool IsUsedUp => IsDead || IsLast;

    public override bool IsWithinHead => _heads.IsWithin;

    /// <inheritdoc/>
    public override MessageStream Open(HeaderList headers, bool endStream, IStreamHandler handler)
    {
        var facts = FactsOf(headers);
        var stream = BeginStream(facts);
        stream.Handler = handler;
        stream.HasHead = true;
        stream.Framing = facts.Upgrades || facts.IsConnect ? BodyFraming.None : Framings.OfRequest(headers, endStream);
        stream.Promised = stream.Framing == BodyFraming.Length ? ContentLength.Of(headers) : 0;
        HeadWriter.WriteRequest(Sender.Output, headers, stream.Framing, close: false);
        Channel.RequestFlush();
        if (endStream)
        {
            Sender.End(stream);
        }

        return stream;
    }

    /// <inheritdoc/>
    public override void GoAway()
    {
        IsLast = true;
        if (Current is null)
        {
            End(null, cut: false);
        }
    }

    public override void WriteHead(Http1Stream stream, HeaderList headers, bool endStream) =>
        throw new InvalidOperationException("A request has one head.");

    /// <summary>A client cannot tell a server to stop: it stops listening.</summary>
    public override void StopPeerWhenDone(Http1Stream stream) => stream.Reset(ErrorCode.NoError);

    public override void OnSlowStart() => Abort(ErrorCode.NoError, "not connected in time");

    public override void OnConnected()
    {
        _connected = true;
        AskWhenSilent();
        Watch.OnConnected();
        Handler.OnCapacityChanged(this);
    }

    public override int TakeHead(ReadOnlySpan<byte> bytes)
    {
        if (Current is not { RemoteEnded: false } stream || HasSentNothing)
        {
            OnUnasked(bytes);
            return bytes.Length;
        }

        var list = Loop.Scratch.RentList();
        var result = _heads.Read(bytes, ResponseTo.Of(stream.Request), list, out var consumed, out var facts);
        if (result == ReadResult.Fault)
        {
            SetOtherProtocol(bytes);
            Failure = OtherProtocol is null ? null : SpeaksHttp2;
            Fail(_heads.Fault!);
            consumed = bytes.Length;
        }
        else if (result == ReadResult.Done)
        {
            OnHead(stream, list, facts);
        }

        Loop.Scratch.Return(list);
        return consumed;
    }

    public override void Fail(Http1Fault fault)
    {
        Count(fault.Kind);
        End(fault.Text, cut: true, new StreamReset(ErrorCode.ProtocolError, ResetCause.Violation));
    }

    private protected override bool OnPeerEnd()
    {
        IsLast = true;
        if (Receiver.IsInBody)
        {
            Receiver.EndBody(); // what is cut short is told as a connection that was lost
        }

        return false;
    }

    private protected override void OnStreamOver()
    {
        if (IsLast)
        {
            End(null, cut: false);
        }
        else
        {
            _hasRoom = true; // told when the turn ends: what has come behind the answer is looked at first
            Channel.RequestFlush();
        }
    }

    private protected override void OnFlushed(WriteResult result)
    {
        base.OnFlushed(result);
        if (_hasRoom)
        {
            _hasRoom = false;
            Handler.OnCapacityChanged(this);
        }
    }

    /// <summary>A server that has answered and does not want the rest closes: its answer may still be there to be read.</summary>
    private protected override void OnWriteFailed()
    {
        IsLast = true;
        Sender.Clear();
    }

    private protected override void ReleaseHead() => _heads.Release();

    private static MessageFacts FactsOf(HeaderList headers)
    {
        headers.TryGet(KnownHeader.Method, out var method);
        return new MessageFacts
        {
            MinorVersion = 1,
            IsHead = method.SequenceEqual("HEAD"u8),
            IsConnect = method.SequenceEqual("CONNECT"u8),
            Upgrades = headers.IndexOf(KnownHeader.Upgrade) >= 0,
        };
    }

    private void OnHead(Http1Stream stream, HeaderList list, in MessageFacts facts)
    {
        if (facts.IsInterim)
        {
            OnInterim(stream, list);
            return;
        }

        IsLast |= !facts.KeepsAlive || facts.KeepAliveSeconds == 0;
        if (facts.KeepAliveSeconds > 0)
        {
            Watch.OnReuseTime(KeepAliveTimeout.Reuse(facts.KeepAliveSeconds));
        }

        if (facts.BeginsTunnel)
        {
            IsLast = true;
            stream.IsTunnel = true;
            stream.Framing = BodyFraming.UntilClose;
            stream.Handler.OnHeaders(stream, list, endStream: false);
            return;
        }

        Receiver.BeginBody(facts);
        stream.EndRemote(!facts.HasBody);
        EndUpgrade(stream);
        stream.Handler.OnHeaders(stream, list, stream.RemoteEnded);
        if (!stream.IsClosed)
        {
            OnEnded(stream);
        }
    }

    private void OnInterim(Http1Stream stream, HeaderList list)
    {
        if (_interim.TryTake(Now))
        {
            stream.Handler.OnInterim(stream, list);
            return;
        }

        Count(ProtocolViolation.InterimFlood);
        End("too many interim answers", cut: true, new StreamReset(ErrorCode.EnhanceYourCalm, ResetCause.Violation));
    }

    /// <summary>Bytes that nobody has asked for: whose answer they are cannot be known.</summary>
    private void OnUnasked(ReadOnlySpan<byte> bytes)
    {
        if (Current is { RemoteEnded: true })
        {
            // The answer is whole. Its request may go on.
            Count(ProtocolViolation.ConnectionError);
            IsLast = true;
            return;
        }

        // Some servers say 408 to a connection that they close because it is idle (RFC 9110 section 15.5.9).
        var isGoodbye = bytes.Length > MinorVersionAt && bytes.StartsWith("HTTP/1."u8) && bytes[(MinorVersionAt + 1)..].StartsWith(" 408"u8);
        if (!isGoodbye)
        {
            Count(ProtocolViolation.ConnectionError);
        }

        var reset = new StreamReset(ErrorCode.NoError, ResetCause.ConnectFailed);
        SetOtherProtocol(bytes);
        End(isGoodbye ? null : OtherProtocol is not null ? SpeaksHttp2 : "it has sent what nobody had asked for", cut: Current is not null, reset);
    }

    private void SetOtherProtocol(ReadOnlySpan<byte> answer) => OtherProtocol = Preface.IsHttp2Answer(answer) ? Protocol.Http2 : null;

    /// <summary>Nothing came of it: the request was whole with its head.</summary>
    private static void EndUpgrade(Http1Stream stream) => stream.EndLocal(stream.Request.Upgrades || stream.Request.IsConnect);
}
