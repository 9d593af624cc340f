using System.Text;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>
/// The server role of HTTP/1.1: takes one request after the other, pipelined ones in their turn, and answers them in order (RFC 9112
/// section 9.3).
/// </summary>
internal sealed class Http1Server : Http1Connection
{
    private readonly RequestReader _heads;
    private bool _saysClose;

    /// <summary>So much of a body that nobody wants is sooner sent than another connection made.</summary>
    private const int MostLeft = 64 * 1024;

    public Http1Server(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
        : base(channel, isClient: false, handler, options, violations)
    {
        _heads = new RequestReader(channel.Loop.Scratch, Http1Limits.Of(options));
        AskWhenSilent();
    }

    /// <inheritdoc/>
    public override bool IsConnected => !IsDead;

    /// <inheritdoc/>
    public override bool WasReady => true;

    /// <inheritdoc/>
    public override bool PeerGoesAway => PeerEnded;

    /// <inheritdoc/>
    public override bool CanOpen => false;

    /// <inheritdoc/>
    public override bool IsUsedUp => IsDead || IsLast;

    public override bool IsWithinHead => _heads.IsWithin;

    /// <inheritdoc/>
    public override MessageStream Open(HeaderList headers, bool endStream, IStreamHandler handler) =>
        throw new InvalidOperationException("A server opens no streams.");

    /// <inheritdoc/>
    public override void SayClose() => _saysClose = true;

    /// <inheritdoc/>
    public override void GoAway()
    {
        if (Current is not null)
        {
            IsLast = true;
        }
        else if (IsWithinHead || Receiver.HasEarly)
        {
            _saysClose = true; // it is on its way, and gets its answer
        }
        else
        {
            End(null, cut: false);
        }
    }

    public override void WriteHead(Http1Stream stream, HeaderList headers, bool endStream)
    {
        var status = StatusOf(headers);
        var asked = ResponseTo.Of(stream.Request);
        if (status is >= 100 and < 200 and not 101)
        {
            WriteInterim(stream, headers, status, asked);
            return;
        }

        stream.HasHead = true;
        var beginsTunnel = status == 101 || (asked.IsConnect && status < 300);
        if (beginsTunnel)
        {
            BeginTunnel(stream);
        }
        else
        {
            EndUpgrade(stream);
            stream.Framing = Framings.OfResponse(headers, status, endStream, asked);
            stream.Promised = stream.Framing == BodyFraming.Length ? ContentLength.Of(headers) : 0;
            IsLast |= _saysClose || !stream.Request.KeepsAlive || stream.Framing == BodyFraming.UntilClose || LeavesBody(stream, status);
        }

        HeadWriter.WriteResponse(Sender.Output, headers, beginsTunnel ? BodyFraming.None : stream.Framing, IsLast && !beginsTunnel, asked);
        Channel.RequestFlush();
        if (endStream)
        {
            Sender.End(stream);
        }
    }

    public override void StopPeerWhenDone(Http1Stream stream)
    {
        if (!stream.RemoteEnded)
        {
            IsLast |= !stream.HasHead && (MayNotCome(stream) || IsLong(stream)); // as its head will say
            Receiver.DropBody(stream);
            OnEnded(stream);
        }
    }

    public override void Reset(Http1Stream stream)
    {
        var isWhole = stream.LocalEnded || stream is { HasHead: true, Framing: BodyFraming.None };
        if (stream.IsTunnel || !isWhole)
        {
            base.Reset(stream);
            return;
        }

        // The answer is whole, with its head perhaps: a reset could overtake it, or hit the caller's next request.
        stream.EndLocal();
        StopPeerWhenDone(stream);
        OnEnded(stream);
    }

    public override void OnSlowStart()
    {
        Count(ProtocolViolation.SlowPeer);
        if (IsWithinHead)
        {
            Answer(408, "the head of the request was not finished in time", isHead: false);
        }

        End("a head was not finished in time", cut: false);
    }

    public override int TakeHead(ReadOnlySpan<byte> bytes)
    {
        if (Current is { RemoteEnded: false })
        {
            return 0; // whether they are a tunnel's is known when it is answered
        }

        if (IsLast)
        {
            return bytes.Length; // behind the last request
        }

        if (Current is not null || Sender.IsFull)
        {
            return 0; // in its turn; and who reads no answers gets none
        }

        var list = Loop.Scratch.RentList();
        var result = _heads.Read(bytes, list, out var consumed, out var facts);
        if (result == ReadResult.Fault)
        {
            Fail(_heads.Fault!);
            consumed = bytes.Length;
        }
        else if (result == ReadResult.Done)
        {
            BeginRequest(list, facts);
        }

        Loop.Scratch.Return(list);
        return consumed;
    }

    public override void Fail(Http1Fault fault)
    {
        Count(fault.Kind);
        var isHalf = Current is { HasHead: true };
        if (!isHalf && fault.Status != 0)
        {
            Answer(fault.Status, fault.Text, Current is { Request.IsHead: true });
        }

        End(fault.Text, cut: isHalf, new StreamReset(ErrorCode.ProtocolError, ResetCause.Violation));
    }

    private protected override bool OnPeerEnd()
    {
        IsLast = true;
        if (Receiver.IsInBody && Current is { RemoteEnded: false })
        {
            return false; // a request that is cut short has nobody who waits for its answer
        }

        if (Current is null)
        {
            End(null, cut: false);
            return HasLastWords;
        }

        return true;
    }

    private protected override void OnStreamOver()
    {
        if (IsLast)
        {
            End(null, cut: false);
        }
    }

    private protected override void OnWriteFailed() =>
        End("the connection was reset", cut: true, new StreamReset(ErrorCode.NoError, ResetCause.ConnectionLost));

    private protected override void ReleaseHead() => _heads.Release();

    private void BeginRequest(HeaderList list, MessageFacts facts)
    {
        Watch.OnHead();
        if (facts is { Upgrades: true, HasBody: true })
        {
            // RFC 9110 section 7.8 lets a server ignore it: the tunnel would begin behind the body, where the request has ended.
            list.RemoveAll(KnownHeader.Upgrade);
            facts.Upgrades = false;
        }

        var stream = BeginStream(facts);
        Receiver.BeginBody(facts);
        // Whether bytes follow an upgrade is known when it is answered.
        stream.EndRemote(!facts.HasBody && !AwaitsTunnel(facts));
        Handler.OnRequest(stream, list, stream.RemoteEnded);
    }

    /// <summary>Behind the request's head other bytes than HTTP's may follow.</summary>
    private static bool AwaitsTunnel(in MessageFacts facts) => facts.Upgrades || facts.IsConnect;

    private void BeginTunnel(Http1Stream stream)
    {
        IsLast = true;
        stream.IsTunnel = true;
        stream.Framing = BodyFraming.UntilClose;
        Channel.RequestFlush(); // what has come early is the tunnel's
    }

    /// <summary>Nothing comes of it: the request was whole with its head.</summary>
    private static void EndUpgrade(Http1Stream stream) => stream.EndRemote(AwaitsTunnel(stream.Request));

    private void WriteInterim(Http1Stream stream, HeaderList headers, int status, in ResponseTo asked)
    {
        // RFC 9110 section 15.2: HTTP/1.0 knows none.
        if (asked.MinorVersion > 0)
        {
            HeadWriter.WriteResponse(Sender.Output, headers, BodyFraming.None, close: false, asked);
            stream.HasContinue |= status == 100;
            Channel.RequestFlush();
        }
    }

    /// <summary>
    /// The answer comes before the request is whole, and means the rest not to be sent: who reads that the connection closes may stop. A
    /// success may be one half of a conversation.
    /// </summary>
    private static bool LeavesBody(Http1Stream stream, int status) =>
        !stream.RemoteEnded
        && (MayNotCome(stream) || (status >= 300 && (stream.Request.Framing != BodyFraming.Length || IsLong(stream))));

    /// <summary>The caller waits for a 100 and has not seen one: what it sends next may be the body, or the next request (RFC 9110 section 10.1.1).</summary>
    private static bool MayNotCome(Http1Stream stream) =>
        stream is { Request.ExpectsContinue: true, HasContinue: false, Received: 0 };

    /// <summary>More is left than is worth sending for the sake of the connection.</summary>
    private static bool IsLong(Http1Stream stream) =>
        stream.Request.Framing == BodyFraming.Length && stream.Request.Length - stream.Received > MostLeft;

    /// <summary>Three digits: nobody writes any other.</summary>
    private static int StatusOf(HeaderList headers)
    {
        var value = headers.ValueAt(0);
        return ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
    }

    /// <summary>An answer of our own, to what never became a request.</summary>
    private void Answer(int status, string text, bool isHead)
    {
        var body = Encoding.ASCII.GetBytes(text + "\n");
        var reason = Encoding.ASCII.GetString(ReasonPhrases.Of(status));
        var head = $"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {body.Length}\r\n"
            + $"x-mesh-error: {text}\r\nconnection: close\r\n\r\n";
        Sender.Output.Append(Encoding.ASCII.GetBytes(head));
        Sender.Output.Append(isHead ? [] : body);
    }
}
