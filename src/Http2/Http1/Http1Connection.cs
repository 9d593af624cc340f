using System.Diagnostics;
using Mesh.Http2.Buffers;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Http2.Transport;

namespace Mesh.Http2.Http1;

/// <summary>
/// One connection of HTTP/1.1 (RFC 9112), as server or as client: one request at a time, the bytes that come in and what
/// becomes of them, and its end. What the roles do not share is in <see cref="Http1Server"/> and <see cref="Http1Client"/>.
/// </summary>
internal abstract class Http1Connection : MessageConnection, IChannelHandler
{
    /// <summary>What is left of a message that nobody wants is read, so that the connection can be used again, if it is no more.</summary>
    private protected const int MostDropped = 64 * 1024;

    /// <summary>A stream's window while the loop holds more than its budget; as over HTTP/2.</summary>
    private const int TightWindow = 16 * 1024;

    private readonly ViolationCounters _violations;
    private readonly BodyReader _body;
    private readonly ByteQueue _early;
    private bool _pausedForCredit;
    private bool _pausedForTurn;
    private bool _isTaking;
    private bool _told;
    private bool _hasServed;
    private int _streams;
    private long _dropped;

    private protected Http1Connection(Channel channel, bool isClient, IConnectionHandler handler, Http2Options options, ViolationCounters violations)
        : base(channel, isClient, handler)
    {
        Options = options;
        _violations = violations;
        _early = new ByteQueue(channel.Loop.Segments);
        _body = new BodyReader(channel.Loop.Scratch, Http1Limits.Of(options));
        Sender = new Http1Sender(this, channel, options);
        Watch = new Http1Watch(this, options);
    }

    /// <inheritdoc/>
    public override int OpenStreams => Current is null ? 0 : 1;

    /// <inheritdoc/>
    public override long MaxStreams => 1;

    /// <inheritdoc/>
    public override bool IsStalled => false;

    /// <inheritdoc/>
    public override long HeldBytes => Current?.Unreturned ?? 0;

    /// <inheritdoc/>
    public override bool HasServed => _hasServed;

    /// <inheritdoc/>
    public override int OutputLength => Sender.Output.Length;

    /// <summary>The request under way; null between two.</summary>
    public Http1Stream? Current { get; private set; }

    public Http1Sender Sender { get; }

    public Http1Watch Watch { get; }

    /// <summary>A head has begun and is not whole.</summary>
    public abstract bool IsWithinHead { get; }

    /// <summary>The peer sends no more.</summary>
    public bool PeerEnded { get; private set; }

    private protected Http2Options Options { get; }

    /// <summary>What comes next is a body, not a head.</summary>
    private protected bool IsInBody { get; set; }

    /// <summary>No other request follows the one under way, or may come.</summary>
    private protected bool IsLast { get; set; }

    /// <summary>Sends a head of ours, interim or final.</summary>
    public abstract void WriteHead(Http1Stream stream, HeaderList headers, bool endStream);

    /// <summary>Our message is whole.</summary>
    /// <param name="stream">Whose it is.</param>
    /// <param name="isShort">It is less than its head has promised: the peer waits for the rest.</param>
    public void OnLocalEnd(Http1Stream stream, bool isShort)
    {
        if (isShort)
        {
            Cut(stream);
            return;
        }

        OnEnded(stream);
    }

    /// <summary>See <see cref="MessageStream.StopPeerWhenDone"/>.</summary>
    public abstract void StopPeerWhenDone(Http1Stream stream);

    /// <summary>The stream is not wanted any more: without it the connection is of no use.</summary>
    public void Cut(Http1Stream stream)
    {
        Close(stream);
        End("a call on it was cut off", cut: true);
    }

    /// <summary>See <see cref="MessageStream.ReturnCredit"/>.</summary>
    public void ReturnCredit(Http1Stream stream, int bytes)
    {
        stream.Unreturned -= bytes;
        if (_pausedForCredit && stream.Unreturned <= Window / 2)
        {
            _pausedForCredit = false;
            Resume();
        }
    }

    public void Count(ProtocolViolation violation) => _violations.Add(violation);

    /// <inheritdoc/>
    public override void Abort(ErrorCode code, string why)
    {
        if (!IsDead)
        {
            EndStream(new StreamReset(code, IsConnected ? ResetCause.ConnectionClosed : ResetCause.ConnectFailed));
            End(why, cut: false);
        }
    }

    /// <summary>The peer has left output unread for too long.</summary>
    public void OnUnreadTooLong()
    {
        Count(ProtocolViolation.SlowPeer);
        EndStream(new StreamReset(ErrorCode.EnhanceYourCalm, ResetCause.Violation));
        End("what we send is not read", cut: true);
    }

    /// <summary>The peer has had its time to take our last words.</summary>
    public void OnLingerOver() => Finish();

    /// <summary>Nothing was under way for as long as may be.</summary>
    public void OnIdleTooLong() => GoAway();

    /// <summary>A head was begun and not finished in time, or none came.</summary>
    public abstract void OnSlowHead();

    public virtual void OnConnected()
    {
    }

    /// <inheritdoc/>
    public override void SayClose() => IsLast = true;

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (IsDead)
        {
            return; // last words are said; what comes is dropped
        }

        var taken = _early.Length > 0 || _isTaking ? 0 : Take(bytes);
        if (taken < bytes.Length && !IsDead)
        {
            // More than is wanted at present: it waits here, and what follows with the peer.
            _early.Append(bytes[taken..]);
            _pausedForTurn = true;
            Channel.PauseReading();
        }

        if (!IsDead)
        {
            Watch.OnReceived();
        }
    }

    void IChannelHandler.OnFlush()
    {
        if (_early.Length > 0 && !IsDead)
        {
            TakeEarly();
        }

        var result = Sender.Flush();
        if (result == WriteResult.Done && Current is { IsTunnel: true, LocalEnded: true })
        {
            Channel.ShutdownWrite(); // what the peer still says comes through
        }

        if (result == WriteResult.Failed)
        {
            // The loop tells of the channel's end itself, with its reason.
            Sender.Clear();
        }

        if (!IsDead || result == WriteResult.Blocked)
        {
            return;
        }

        if (result == WriteResult.Failed || PeerEnded)
        {
            Finish();
            return;
        }

        // Not closed yet: input that nobody reads would make the kernel answer with a reset, which can overtake our last
        // words. What still comes is dropped until the peer closes as well.
        Channel.ShutdownWrite();
        Channel.ResumeReading();
        TellClosed();
    }

    bool IChannelHandler.OnPeerEnded()
    {
        PeerEnded = true;
        return !IsDead && OnPeerEnd();
    }

    void IChannelHandler.OnClosed(ChannelEnd end)
    {
        if (!IsDead)
        {
            IsOutOfDescriptors = end == ChannelEnd.OutOfDescriptors;
            var isUnconnected = !IsConnected || end is ChannelEnd.ConnectFailed or ChannelEnd.OutOfDescriptors;
            Failure ??= end switch
            {
                ChannelEnd.ConnectFailed => "connection refused or unreachable",
                ChannelEnd.OutOfDescriptors => "this process has no file descriptor left for a connection (see ulimit -n)",
                ChannelEnd.EndOfStream => "the peer closed the connection",
                _ => "the connection was reset",
            };
            EndStream(new StreamReset(ErrorCode.NoError, isUnconnected || HasSentNothing ? ResetCause.ConnectFailed : ResetCause.ConnectionLost));
            IsDead = true;
        }

        Finish();
    }

    /// <summary>What the peer may send of a body before anybody has taken it.</summary>
    private protected int Window => Loop.Segments.IsTight ? Math.Min(TightWindow, Options.StreamWindow) : Options.StreamWindow;

    /// <summary>Client role: nothing of the request has reached the channel, so that the peer knows nothing of it.</summary>
    private bool HasSentNothing => IsClient && Current is { } stream && Sender.Written <= stream.FirstByte;

    /// <summary>Reads the next piece of what came in.</summary>
    /// <returns>How many bytes it has taken; none if what comes must wait.</returns>
    private protected abstract int TakeHead(ReadOnlySpan<byte> bytes);

    /// <summary>The peer sends no more, and a head is due, or none: whether the channel stays open for our part.</summary>
    private protected abstract bool OnPeerEnd();

    /// <summary>The peer broke a rule of the protocol.</summary>
    private protected abstract void Fail(Http1Fault fault);

    /// <summary>Both directions of a stream have ended, and the connection may go on.</summary>
    private protected abstract void OnStreamOver(Http1Stream stream);

    /// <summary>The peer's message has a head.</summary>
    private protected void BeginBody(in MessageFacts facts)
    {
        _body.Begin(facts);
        IsInBody = facts.HasBody;
    }

    private protected Http1Stream BeginStream(in MessageFacts request)
    {
        Debug.Assert(Current is null, "one request at a time");
        var stream = Loop.Scratch.RentHttp1Stream();
        stream.Open(this, ++_streams, request);
        stream.FirstByte = Sender.Written + Sender.Output.Length;
        Current = stream;
        return stream;
    }

    /// <summary>Closes the stream if neither direction has anything left.</summary>
    private protected void OnEnded(Http1Stream stream)
    {
        if (stream is { LocalEnded: true, RemoteEnded: true, IsClosed: false })
        {
            _hasServed = true;
            Close(stream);
            OnStreamOver(stream);
            if (_early.Length > 0)
            {
                Channel.RequestFlush(); // it is its turn now, but not from within here
            }
        }
    }

    /// <summary>Whatever the peer sends from now on, of the body under way, is for nobody.</summary>
    private protected void DropBody(Http1Stream stream)
    {
        stream.RemoteEnded = true;
        _dropped = 0;
    }

    /// <summary>Tells the stream, if there is one, that it was cut off.</summary>
    private protected void EndStream(StreamReset reset)
    {
        if (Current is { } stream)
        {
            Close(stream);
            stream.Handler.OnReset(stream, reset);
        }
    }

    /// <summary>The connection is over but for what is written; nothing is if it is to be cut.</summary>
    private protected void End(string? why, bool cut)
    {
        if (IsDead)
        {
            return;
        }

        Failure ??= why;
        IsDead = true;
        Watch.OnDead();
        if (cut)
        {
            Sender.Clear();
            Channel.Cut();
            Finish();
        }
        else if (!IsConnected)
        {
            Finish();
        }
        else
        {
            Channel.RequestFlush(); // what is written goes out, then the channel closes
        }
    }

    /// <summary>One piece after the other, until there is no more or the rest must wait.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        _isTaking = true;
        try
        {
            while (taken < bytes.Length && !IsDead)
            {
                var n = IsInBody ? TakeBody(bytes[taken..]) : TakeRest(bytes[taken..]);
                if (n == 0 && !IsInBody)
                {
                    break;
                }

                taken += n;
            }
        }
        finally
        {
            _isTaking = false;
        }

        return taken;
    }

    private int TakeRest(ReadOnlySpan<byte> bytes)
    {
        if (Current is not { IsTunnel: true, RemoteEnded: false } tunnel)
        {
            return TakeHead(bytes);
        }

        Deliver(tunnel, bytes, end: false);
        return bytes.Length;
    }

    private int TakeBody(ReadOnlySpan<byte> bytes)
    {
        var scratch = Loop.Scratch;
        var trailers = scratch.RentList();
        var result = _body.Read(bytes, trailers, out var consumed, out var data);
        if (result == ReadResult.Fault)
        {
            scratch.Return(trailers);
            Fail(_body.Fault!);
            return bytes.Length;
        }

        var isDone = result == ReadResult.Done;
        IsInBody = !isDone;
        if (Current is not { RemoteEnded: false } stream)
        {
            Drop(data.Length, isDone);
        }
        else if (trailers.Count > 0 && isDone)
        {
            if (!data.IsEmpty)
            {
                Deliver(stream, data, end: false);
            }

            if (!stream.IsClosed)
            {
                stream.RemoteEnded = true;
                stream.Handler.OnTrailers(stream, trailers);
                OnEnded(stream);
            }
        }
        else if (isDone || !data.IsEmpty)
        {
            Deliver(stream, data, isDone);
        }

        scratch.Return(trailers);
        return consumed;
    }

    private void Deliver(Http1Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        stream.Received += data.Length;
        stream.Unreturned += data.Length;
        stream.RemoteEnded = end;
        stream.Handler.OnData(stream, data, end);
        if (stream.IsClosed)
        {
            return;
        }

        if (stream.Unreturned >= Window && !end && !_pausedForCredit)
        {
            _pausedForCredit = true;
            Channel.PauseReading();
        }

        OnEnded(stream);
    }

    /// <summary>The peer's message goes on, and nobody wants it: a little more is borne, for the sake of the connection.</summary>
    private void Drop(int bytes, bool isDone)
    {
        _dropped += bytes;
        if (!isDone && _dropped > MostDropped)
        {
            End(null, cut: false);
        }
    }

    private void TakeEarly()
    {
        while (_early.Length > 0 && !IsDead)
        {
            var n = Take(_early.First);
            if (n == 0)
            {
                return;
            }

            _early.Consume(n);
        }

        if (_pausedForTurn && !IsDead)
        {
            _pausedForTurn = false;
            Resume();
        }
    }

    private void Resume()
    {
        if (!_pausedForCredit && !_pausedForTurn)
        {
            Channel.ResumeReading();
        }
    }

    /// <summary>The peer sends no more through the tunnel; what we send still goes.</summary>
    private protected void EndTunnel(Http1Stream tunnel) => Deliver(tunnel, default, end: true);

    /// <summary>The peer's message ends with the peer's direction.</summary>
    /// <returns>Whether it was whole.</returns>
    private protected bool EndBody()
    {
        IsInBody = false;
        if (!_body.OnEndOfStream())
        {
            return false;
        }

        if (Current is { RemoteEnded: false } stream)
        {
            Deliver(stream, default, end: true);
        }

        return true;
    }

    private void Close(Http1Stream stream)
    {
        stream.IsClosed = true;
        Current = null;
        _pausedForCredit = false;
        if (!_pausedForTurn && !IsDead)
        {
            Channel.ResumeReading();
        }

        Loop.Scratch.Retire(stream);
        Watch.OnIdle();
    }

    private void Finish()
    {
        Watch.Cancel();
        Channel.Close();
        IsDead = true;
        EndStream(new StreamReset(ErrorCode.InternalError, ResetCause.ConnectionLost)); // left over only where a handler threw
        _body.Release();
        ReleaseHead();
        _early.Clear();
        Sender.Clear();
        TellClosed();
    }

    /// <summary>Gives back what the reader of heads holds.</summary>
    private protected abstract void ReleaseHead();

    private void TellClosed()
    {
        if (!_told)
        {
            _told = true;
            Handler.OnClosed(this);
        }
    }
}
