using System.Text;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Http2.Transport;

namespace Mesh.Http2.Http1;

/// <summary>
/// The server role of HTTP/1.1: takes one request after the other, pipelined ones in their turn, and answers them in order (RFC 9112
/// section 9.3).
/// </summary>
internal sealed class Http1Server(Channel channel, IConnectionHandler handler, Http2Options options, ViolationCounters violations)
    : Http1Connection(channel, isClient: false, handler, options, violations)
{
    private readonly RequestReader _heads = new(channel.Loop.Scratch, Http1Limits.Of(options));

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
    public override void GoAway()
    {
        IsLast = true;
        if (Current is null)
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
            if (asked.MinorVersion > 0) // RFC 9110 section 15.2: HTTP/1.0 knows none
            {
                HeadWriter.WriteResponse(Sender.Output, headers, BodyFraming.None, close: false, asked);
                stream.HasInterim = true;
                Channel.RequestFlush();
            }

            return;
        }

        stream.HasHead = true;
        if (status == 101)
        {
            BeginTunnel(stream);
        }
        else
        {
            EndUpgrade(stream);
            stream.Framing = Framings.OfResponse(headers, status, endStream, asked);
            stream.Promised = stream.Framing == BodyFraming.Length ? ContentLength.Of(headers) : 0;
            IsLast |= !stream.Request.KeepsAlive || stream.Framing == BodyFraming.UntilClose || WillLeaveBody(stream);
        }

        HeadWriter.WriteResponse(Sender.Output, headers, status == 101 ? BodyFraming.None : stream.Framing, IsLast && status != 101, asked);
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
            IsLast |= WillLeaveBody(stream);
            DropBody(stream);
            OnEnded(stream);
        }
    }

    public override void OnSlowHead()
    {
        Count(ProtocolViolation.SlowPeer);
        if (IsWithinHead)
        {
            Answer(408, "the head of the request was not finished in time");
        }

        End("a head was not finished in time", cut: false);
    }

    private protected override int TakeHead(ReadOnlySpan<byte> bytes)
    {
        if (Current is not null || IsLast)
        {
            // The next request waits for its turn; what comes behind the last is for nobody.
            return Current is null ? bytes.Length : 0;
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

    private protected override bool OnPeerEnd()
    {
        if (Current is { IsTunnel: true, RemoteEnded: false } tunnel)
        {
            EndTunnel(tunnel);
            return !IsDead;
        }

        IsLast = true;
        if (IsInBody && !EndBody())
        {
            return false; // a request that is cut short has nobody who waits for its answer
        }

        return Current is not null || OutputLength > 0;
    }

    private protected override void Fail(Http1Fault fault)
    {
        Count(fault.Kind);
        IsLast = true;
        if (Current is not { } stream)
        {
            Answer(fault.Status, fault.Text);
            End(fault.Text, cut: false);
            return;
        }

        var hasHead = stream.HasHead;
        EndStream(new StreamReset(ErrorCode.ProtocolError, ResetCause.Violation));
        if (!hasHead)
        {
            Answer(fault.Status, fault.Text);
        }

        End(fault.Text, cut: hasHead);
    }

    private protected override void OnStreamOver(Http1Stream stream)
    {
        if (IsLast)
        {
            End(null, cut: false);
        }
    }

    private protected override void ReleaseHead() => _heads.Release();

    private void BeginRequest(HeaderList list, in MessageFacts facts)
    {
        var stream = BeginStream(facts);
        BeginBody(facts);
        // Whether bytes follow an upgrade is known when it is answered.
        stream.RemoteEnded = !facts.HasBody && !AwaitsTunnel(facts);
        Handler.OnRequest(stream, list, stream.RemoteEnded);
    }

    /// <summary>A request without a body, behind whose head other bytes than HTTP's may follow.</summary>
    private static bool AwaitsTunnel(in MessageFacts facts) => facts is { Upgrades: true, HasBody: false } || facts.IsConnect;

    private void BeginTunnel(Http1Stream stream)
    {
        IsLast = true;
        stream.IsTunnel = true;
        stream.Framing = BodyFraming.UntilClose;
        Channel.RequestFlush(); // what has come early is the tunnel's
    }

    /// <summary>Nothing comes of it: the request was whole with its head.</summary>
    private static void EndUpgrade(Http1Stream stream) => stream.RemoteEnded |= AwaitsTunnel(stream.Request);

    /// <summary>
    /// The answer comes before the request is whole, and what is left is not worth reading for the sake of the connection; or it may never
    /// come, since the caller waits for a 100 (RFC 9110 section 10.1.1).
    /// </summary>
    private static bool WillLeaveBody(Http1Stream stream) =>
        !stream.RemoteEnded
        && (stream.Request.Framing != BodyFraming.Length
            || stream.Request.Length - stream.Received > MostDropped
            || (stream.Request.ExpectsContinue && !stream.HasInterim && stream.Received == 0));

    /// <summary>Three digits: nobody writes any other.</summary>
    private static int StatusOf(HeaderList headers)
    {
        var value = headers.ValueAt(0);
        return ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
    }

    /// <summary>An answer of our own, to what never became a request.</summary>
    private void Answer(int status, string text)
    {
        var body = Encoding.ASCII.GetBytes(text + "\n");
        var reason = Encoding.ASCII.GetString(ReasonPhrases.Of(status));
        var head = $"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {body.Length}\r\n"
            + $"x-mesh-error: {text}\r\nconnection: close\r\n\r\n";
        Sender.Output.Append(Encoding.ASCII.GetBytes(head));
        Sender.Output.Append(body);
    }
}
