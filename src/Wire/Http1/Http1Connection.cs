using System.Diagnostics;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>
/// One connection of HTTP/1.1 (RFC 9112), as server or as client: one request at a time, and its life from the first byte to the last.
/// What the roles do not share is in <see cref="Http1Server"/> and <see cref="Http1Client"/>.
/// </summary>
internal abstract class Http1Connection : MessageConnection, IChannelHandler
{
    private readonly ViolationCounters _violations;
    private bool _isTold;
    private bool _isCut;
    private bool _isShort;
    private bool _hasServed;
    private int _streams;

    private protected Http1Connection(Channel channel, bool isClient, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
        : base(channel, isClient, handler)
    {
        Options = options;
        _violations = violations;
        Sender = new Http1Sender(this, channel, options);
        Receiver = new Http1Receiver(this, channel, options);
        Watch = new Http1Watch(this, options);
    }

    /// <summary>Nothing in the protocol asks whether a peer is there that may be silent: a request's, or one that works on the answer.</summary>
    private protected void AskWhenSilent()
    {
        if (Options.KeepAliveInterval > TimeSpan.Zero && Options.KeepAliveTimeout > TimeSpan.Zero)
        {
            Channel.AskWhenSilent(Options.KeepAliveInterval, Options.KeepAliveTimeout);
        }
    }

    /// <inheritdoc/>
    public override Protocol Protocol => Protocol.Http1;

    /// <inheritdoc/>
    public override int OpenStreams => Current is null ? 0 : 1;

    /// <inheritdoc/>
    public override void ForEachStream<TState>(Action<MessageStream, TState> look, TState state)
    {
        if (Current is { } stream)
        {
            look(stream, state);
        }
    }

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

    public Http1Receiver Receiver { get; }

    public Http1Watch Watch { get; }

    /// <summary>A head has begun and is not whole.</summary>
    public abstract bool IsWithinHead { get; }

    /// <summary>The peer sends no more.</summary>
    public bool PeerEnded { get; private set; }

    private protected WireOptions Options { get; }

    /// <summary>No other request follows the one under way, or may come.</summary>
    private protected bool IsLast { get; set; }

    /// <summary>Sends a head of ours, interim or final.</summary>
    public abstract void WriteHead(Http1Stream stream, HeaderList headers, bool endStream);

    /// <summary>See <see cref="MessageStream.StopPeerWhenDone"/>.</summary>
    public abstract void StopPeerWhenDone(Http1Stream stream);

    /// <summary>See <see cref="MessageStream.Reset"/>: without its stream the connection is of no use.</summary>
    public virtual void Reset(Http1Stream stream)
    {
        _hasServed = true;
        Close(stream);
        End(null, cut: true); // so that nobody takes the part that was sent for the whole
    }

    /// <summary>Reads the next head, or a part of it.</summary>
    /// <returns>How many bytes it has taken; none if they must wait for their turn.</returns>
    public abstract int TakeHead(ReadOnlySpan<byte> bytes);

    /// <summary>The peer broke a rule of the protocol, and somebody waits for what it sends.</summary>
    public abstract void Fail(Http1Fault fault);

    /// <summary>Where the next message begins is not to be known, or too far away.</summary>
    public void OnEndless()
    {
        IsLast = true;
        if (Current is null)
        {
            End(null, cut: false);
        }
    }

    /// <summary>Our message is whole.</summary>
    /// <param name="stream">Whose it is.</param>
    /// <param name="isShort">It is less than its head has promised: the peer waits for the rest.</param>
    public void OnLocalEnd(Http1Stream stream, bool isShort)
    {
        if (isShort)
        {
            _isShort = true; // later, not from within: whoever writes is to be told
            Channel.RequestFlush();
            return;
        }

        OnEnded(stream);
    }

    /// <summary>Closes the stream if neither direction has anything left.</summary>
    public void OnEnded(Http1Stream stream)
    {
        if (stream is { LocalEnded: true, RemoteEnded: true, IsClosed: false } && !_isShort)
        {
            _hasServed = true;
            Close(stream);
            OnStreamOver();
            if (Receiver.HasEarly)
            {
                Channel.RequestFlush(); // it is its turn now, but not from within here
            }
        }
    }

    public void Count(ProtocolViolation violation) => _violations.Add(violation);

    /// <inheritdoc/>
    public override void Abort(ErrorCode code, string why)
    {
        // Of an answer that has begun a client would take the part for the whole, and a server goes on with a request it has whole.
        var isHalf = Current is { } stream && (IsClient || stream is { HasHead: true, LocalEnded: false });
        End(why, cut: isHalf, new StreamReset(code, IsConnected ? ResetCause.ConnectionClosed : ResetCause.ConnectFailed));
    }

    /// <summary>The peer has left output unread for too long.</summary>
    public void OnUnreadTooLong()
    {
        Count(ProtocolViolation.SlowPeer);
        LeaveUnsent("what we send is not read", new StreamReset(ErrorCode.EnhanceYourCalm, ResetCause.Violation));
    }

    /// <inheritdoc cref="Channel.IsUnacknowledgedFor"/>
    public bool IsUnacknowledgedFor(TimeSpan limit) => Channel.IsUnacknowledgedFor(limit);

    /// <summary>What we send does not arrive any more, and no keepalive of the system's asks while it is on its way.</summary>
    public void OnUnacknowledged() =>
        LeaveUnsent("nothing that was sent is acknowledged", new StreamReset(ErrorCode.NoError, ResetCause.ConnectionLost));

    /// <summary>The peer has had its time to take our last words.</summary>
    public void OnLingerOver() => Finish();

    /// <summary>Nothing was under way for as long as may be.</summary>
    public void OnIdleTooLong() => End(null, cut: false);

    /// <summary>Server role: a head was begun and not finished in time, or none came. Client role: the connection did not come about in time.</summary>
    public abstract void OnSlowStart();

    public virtual void OnConnected()
    {
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (IsDead)
        {
            Watch.OnDropped(); // last words are said; what comes is for nobody
            return;
        }

        Receiver.OnBytes(bytes);
        if (!IsDead)
        {
            Watch.OnReceived();
        }
    }

    void IChannelHandler.OnFlush()
    {
        if (!IsDead)
        {
            TakeEarly();
        }

        var result = Sender.Flush();
        if (_isShort && !IsDead)
        {
            End("a message is shorter than its head has promised", cut: true, new StreamReset(ErrorCode.InternalError, ResetCause.ConnectionClosed));
        }

        if (IsDead)
        {
            FlushLast(result);
        }
        else if (result == WriteResult.Failed)
        {
            OnWriteFailed();
        }
        else
        {
            OnFlushed(result);
        }
    }

    bool IChannelHandler.OnPeerEnded()
    {
        PeerEnded = true;
        if (IsDead)
        {
            return HasLastWords;
        }

        if (Current is { IsTunnel: true, RemoteEnded: false } tunnel)
        {
            Receiver.EndTunnel(tunnel);
            return IsDead ? HasLastWords : true;
        }

        return OnPeerEnd();
    }

    void IChannelHandler.OnClosed(ChannelEnd end)
    {
        if (!IsDead)
        {
            IsOutOfDescriptors = end == ChannelEnd.OutOfDescriptors;
            var isUnconnected = !IsConnected || end is ChannelEnd.ConnectFailed or ChannelEnd.OutOfDescriptors;
            Failure ??= Channel.Failure ?? end switch
            {
                ChannelEnd.ConnectFailed => "connection refused or unreachable",
                ChannelEnd.OutOfDescriptors => "this process has no file descriptor left for a connection (see ulimit -n)",
                // RFC 9112 section 9.5: either side may close one that is idle, and servers do.
                ChannelEnd.EndOfStream when Current is null && (HasServed || !IsClient) => null,
                ChannelEnd.EndOfStream => "the peer closed the connection",
                _ => "the connection was reset",
            };
            IsDead = true;
            EndStream(new StreamReset(ErrorCode.NoError, isUnconnected || HasSentNothing ? ResetCause.ConnectFailed : ResetCause.ConnectionLost));
        }

        Finish();
    }

    /// <summary>Client role: nothing of the request has reached the channel, so that the peer knows nothing of it.</summary>
    private protected bool HasSentNothing => IsClient && Current is { } stream && Sender.Written <= stream.FirstByte;

    /// <summary>The connection is over, and there is something left to send.</summary>
    private protected bool HasLastWords => OutputLength > 0 && !_isCut;

    /// <summary>The peer sends no more, and it is not a tunnel that it ends: whether the channel stays open for our part.</summary>
    private protected abstract bool OnPeerEnd();

    /// <summary>Both directions of a stream have ended.</summary>
    private protected abstract void OnStreamOver();

    /// <summary>The peer takes nothing any more. The loop tells of the channel's end when it reads it, if it reads.</summary>
    private protected abstract void OnWriteFailed();

    /// <summary>Gives back what the reader of heads holds.</summary>
    private protected abstract void ReleaseHead();

    /// <summary>The turn's output is with the channel, as far as it takes it.</summary>
    private protected virtual void OnFlushed(WriteResult result)
    {
        if (result == WriteResult.Done && Current is { Framing: BodyFraming.UntilClose, LocalEnded: true })
        {
            Channel.ShutdownWrite(); // what the peer still says comes through
        }

        if (Receiver.HasEarly && Current is null && !Sender.IsFull)
        {
            Channel.RequestFlush(); // it has waited for the output
        }
    }

    private protected Http1Stream BeginStream(in MessageFacts request)
    {
        Debug.Assert(Current is null, "one request at a time");
        var stream = (Http1Stream)Loop.Scratch.RentStream(Protocol.Http1, static _ => new Http1Stream());
        stream.Open(this, ++_streams, request);
        stream.FirstByte = Sender.Written + Sender.Output.Length;
        Current = stream;
        Watch.OnRequest();
        return stream;
    }

    /// <summary>The connection is over but for what is written; nothing is if it is to be cut.</summary>
    /// <param name="why">Becomes <see cref="MessageConnection.Failure"/>; null if nothing has failed.</param>
    /// <param name="cut">The peer is to see a reset, not an orderly end.</param>
    /// <param name="reset">What the stream under way is told.</param>
    private protected void End(string? why, bool cut, StreamReset? reset = null)
    {
        if (IsDead)
        {
            return;
        }

        var wasConnected = IsConnected;
        Failure ??= why;
        IsDead = true; // before anybody is told, who would look for a connection for the next try
        if (reset is { } told)
        {
            EndStream(told);
        }

        if (!wasConnected)
        {
            Finish();
            return;
        }

        if (cut)
        {
            _isCut = true;
            Sender.Clear();
            Channel.Cut();
        }
        else
        {
            Channel.ResumeReading(); // a peer that reads nothing before it has sent all would never see our last words
        }

        Channel.RequestFlush(); // what is written goes out, then the channel closes
    }

    private void LeaveUnsent(string why, StreamReset reset)
    {
        if (IsDead)
        {
            Channel.Cut(); // the rest of the last answer
            Finish();
            return;
        }

        End(why, cut: true, reset);
    }

    private void TakeEarly()
    {
        if (Receiver.HasEarly)
        {
            Receiver.TakeEarly();
            if (IsDead)
            {
                return;
            }

            Watch.OnReceived();
        }

        if (PeerEnded && !Receiver.HasEarly && Current is { IsTunnel: true, RemoteEnded: false } tunnel)
        {
            Receiver.EndTunnel(tunnel);
        }
    }

    /// <summary>Tells the stream, if there is one, that it was cut off.</summary>
    private void EndStream(StreamReset reset)
    {
        if (Current is { } stream)
        {
            _hasServed |= reset.Cause != ResetCause.ConnectFailed;
            Close(stream);
            stream.Handler.OnReset(stream, reset);
        }
    }

    private void Close(Http1Stream stream)
    {
        stream.Close();
        Current = null;
        Receiver.ReadOn();
        Loop.Scratch.Retire(stream);
        Watch.OnIdle();
    }

    /// <summary>The connection is over: what is left is written, then the channel closes.</summary>
    private void FlushLast(WriteResult result)
    {
        if (_isCut || result == WriteResult.Failed)
        {
            Finish();
            return;
        }

        if (result == WriteResult.Blocked)
        {
            return;
        }

        if (IsClient || PeerEnded)
        {
            Finish();
            return;
        }

        // RFC 9112 section 9.6: input that nobody reads would make the kernel answer with a reset, which can overtake our last words.
        // What still comes is dropped until the peer closes as well.
        Channel.ShutdownWrite();
        Watch.OnLastWord();
        TellClosed();
    }

    private void Finish()
    {
        Watch.Cancel();
        Channel.Close();
        IsDead = true;
        EndStream(new StreamReset(ErrorCode.InternalError, ResetCause.ConnectionLost)); // left over only where a handler threw
        Receiver.Release();
        ReleaseHead();
        Sender.Clear();
        TellClosed();
    }

    private void TellClosed()
    {
        if (!_isTold)
        {
            _isTold = true;
            Handler.OnClosed(this);
        }
    }
}
