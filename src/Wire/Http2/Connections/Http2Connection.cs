using Mesh.Wire.Http2.Connections.Receiving;
using Mesh.Wire.Http2.Connections.Sending;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// One HTTP/2 connection (RFC 9113), as server or as client: its streams, its life from preface to GOAWAY, and the two
/// halves that receive and send. Whatever the peer does ends in a call of a handler and, if it must, in the right error on
/// the wire; nothing throws. Only the loop's thread may call it.
/// </summary>
public sealed class Http2Connection : MessageConnection, IChannelHandler
{
    private static ReadOnlySpan<byte> KeepAlivePing => "alive?\0\0"u8;

    private readonly WireOptions _options;
    private readonly FrameReader _reader;
    private bool _connected;
    private bool _told;

    private Http2Connection(Channel channel, bool isClient, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
        : base(channel, isClient, handler)
    {
        _options = options;
        var scratch = channel.Loop.Scratch;
        State = new ConnectionState(this, channel, options, violations, new ConnectionWatch(this), static segments => new Http2Stream(segments));
        Sender = new FrameSender(State, options, scratch);
        Peer = new PeerSettings(State, Sender);
        Receiver = new FrameReceiver(State, Peer, Sender, options, scratch);
        _reader = new FrameReader(State, Receiver, scratch, options.MaxFrameSize);
        _connected = !isClient;
    }

    /// <inheritdoc/>
    public override Protocol Protocol => Protocol.Http2;

    /// <summary>Streams under way.</summary>
    public override int OpenStreams => Streams.Count;

    /// <inheritdoc/>
    public override void ForEachStream<TState>(Action<MessageStream, TState> look, TState state) => Streams.ForEach(look, state);

    /// <summary>The transport is there; the peer may still be silent.</summary>
    public override bool IsConnected => _connected && !IsDead;

    /// <summary>It came through its handshake, whatever has become of it.</summary>
    public override bool WasReady => _connected && Peer.Seen;

    /// <summary>Client role: the peer has said that it goes away; the streams there are may finish.</summary>
    public override bool PeerGoesAway => State.Departure.IsPeers;

    /// <summary>Client role: how many streams the peer takes at once; 100 until it has said.</summary>
    public override long MaxStreams => Peer.MaxConcurrentStreams;

    /// <summary>Client role: whether another stream can be opened now.</summary>
    public override bool CanOpen => !IsUsedUp && Streams.Count < Peer.MaxConcurrentStreams;

    /// <summary>
    /// Another connection serves a new stream better: the peer has left this one without a window for some time, or so much of
    /// what it has sent is taken by nobody that it may send no more.
    /// </summary>
    public override bool IsStalled => Sender.IsStalled || State.Windows.IsFull;

    /// <summary>Bytes of the peer's that wait for somebody further on to take them.</summary>
    public override long HeldBytes => State.Windows.Held;

    /// <summary>Client role: it will never open another stream.</summary>
    public override bool IsUsedUp => IsDead || State.Departure.IsOurs || State.Departure.IsPeers || !Streams.HasNext;

    /// <summary>A stream has come to an end on it other than that the peer went away and had not looked at it.</summary>
    public override bool HasServed => Streams.HasServed;

    /// <summary>Bytes that wait for the peer to read.</summary>
    public override int OutputLength => State.Output.Bytes.Length;

    internal PeerSettings Peer { get; }

    /// <summary>What both halves share.</summary>
    internal ConnectionState State { get; }

    internal StreamTable Streams => State.Streams;

    internal FrameSender Sender { get; }

    internal FrameReceiver Receiver { get; }

    /// <summary>Since when a header block, or a frame other than DATA, waits for its rest; the largest value if none does.</summary>
    internal long UnfinishedSince => Math.Min(_reader.KeptSince, Receiver.Headers.BlockSince);

    /// <summary>Serves an accepted channel: becomes its handler.</summary>
    public static Http2Connection Accept(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    {
        var connection = new Http2Connection(channel, isClient: false, handler, options, violations);
        channel.Handler = connection;
        connection.SaySettings();
        return connection;
    }

    /// <summary>Connects. Streams may be opened at once; they wait for the connection, and are told if it fails.</summary>
    public static Http2Connection Connect(
        EventLoop loop,
        System.Net.EndPoint remote,
        IConnectionHandler handler,
        WireOptions options,
        ViolationCounters violations)
    {
        var pending = new PendingHandler();
        var connection = Connect(loop.Connect(remote, pending), handler, options, violations);
        pending.Target = connection;
        return connection;
    }

    /// <summary>The same over a channel that is there already.</summary>
    public static Http2Connection Connect(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    {
        var connection = new Http2Connection(channel, isClient: true, handler, options, violations);
        channel.Handler = connection;
        connection.State.Output.WritePreface();
        connection.SaySettings();
        return connection;
    }

    /// <summary>Client role: opens a stream and sends the request's head. Only if <see cref="CanOpen"/>.</summary>
    public override MessageStream Open(HeaderList headers, bool endStream, IStreamHandler handler)
    {
        var stream = Streams.AddOwn(Peer.InitialWindow);
        stream.Handler = handler;
        if (headers.TryGet(KnownHeader.Method, out var method) && method.SequenceEqual("HEAD"u8))
        {
            stream.AsksForHead();
        }

        Sender.WriteHeaders(stream, headers, endStream);
        return stream;
    }

    /// <summary>
    /// Ends in two steps (RFC 9113 section 6.8): first tells the peer to open no more streams, then, when it must have read
    /// that, which was the last one taken. Streams under way finish; then the connection closes.
    /// </summary>
    public override void GoAway()
    {
        if (!IsDead)
        {
            State.Departure.Begin();
        }
    }

    /// <summary>
    /// Ends at once: open streams are told that the connection is closed or, if it never came about, that it failed. Then there is
    /// nobody to whom last words could be said, and the handler is told before this returns.
    /// </summary>
    /// <param name="code">Told to the peer.</param>
    /// <param name="why">Becomes <see cref="MessageConnection.Failure"/>.</param>
    public override void Abort(ErrorCode code, string why)
    {
        if (!IsDead)
        {
            State.Die(code, why, _connected ? ResetCause.ConnectionClosed : ResetCause.ConnectFailed);
            FinishUnconnected();
        }
    }

    void IChannelHandler.OnConnected()
    {
        _connected = true;
        if (_options.KeepAliveInterval > TimeSpan.Zero && _options.KeepAliveTimeout > TimeSpan.Zero)
        {
            Channel.LimitUnacknowledged(_options.KeepAliveInterval + _options.KeepAliveTimeout);
        }

        Handler.OnCapacityChanged(this);
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (!IsDead)
        {
            State.Times.OnReceiving();
            _reader.Read(bytes);
            State.Times.OnReceived(UnfinishedSince);
        }
    }

    void IChannelHandler.OnFlush()
    {
        var result = Sender.Flush();
        if (result == WriteResult.Failed)
        {
            // The loop tells of the channel's end itself, with its reason.
            State.Output.Clear();
        }

        if (!IsDead || result == WriteResult.Blocked)
        {
            return;
        }

        if (result == WriteResult.Failed)
        {
            Finish();
            return;
        }

        // Not closed yet: input that nobody reads would make the kernel answer with a reset, which can overtake our last
        // words. What still comes is dropped until the peer closes as well.
        Channel.ShutdownWrite();
        State.Times.OnLastWord();
        TellClosed();
    }

    void IChannelHandler.OnClosed(ChannelEnd end)
    {
        if (!IsDead)
        {
            IsOutOfDescriptors = end == ChannelEnd.OutOfDescriptors;
            IsClosedUnheard = IsClient && _connected && !WasReady && (end is ChannelEnd.EndOfStream or ChannelEnd.Reset);
            var cause = !_connected || end == ChannelEnd.ConnectFailed ? ResetCause.ConnectFailed : ResetCause.ConnectionLost;
            Failure ??= Channel.Failure ?? end switch
            {
                ChannelEnd.ConnectFailed => "connection refused or unreachable",
                ChannelEnd.OutOfDescriptors => "this process has no file descriptor left for a connection (see ulimit -n)",
                ChannelEnd.EndOfStream => "the peer closed the connection",
                _ => "the connection was reset",
            };
            IsDead = true;
            if (IsClient && cause == ResetCause.ConnectionLost)
            {
                // What never left us the peer has not looked at, as if there had been no connection.
                Streams.EndAll(new StreamReset(ErrorCode.NoError, ResetCause.ConnectFailed), Sender.HasSentNothingOf);
            }

            Streams.EndAll(new StreamReset(ErrorCode.NoError, cause));
        }

        Finish();
    }

    internal void SendKeepAlive() => State.Output.WritePing(KeepAlivePing, ack: false);

    internal void OnSilentPeer() =>
        State.Die(ErrorCode.NoError, "the peer has fallen silent, and has not answered a keep-alive PING", ResetCause.ConnectionLost);

    internal void OnSlowHandshake()
    {
        if (_connected)
        {
            State.Count(ProtocolViolation.SlowPeer);
        }

        State.Die(
            ErrorCode.SettingsTimeout,
            _connected ? "no SETTINGS in time" : "not connected in time",
            _connected ? ResetCause.ConnectionLost : ResetCause.ConnectFailed);
        FinishUnconnected();
    }

    internal void OnSlowFrame() =>
        State.Fail(ProtocolViolation.SlowPeer, ErrorCode.EnhanceYourCalm, "a frame or header block was not finished in time");

    /// <summary>The peer has had its time to take our last words.</summary>
    internal void OnLingerOver() => Finish();

    private void SaySettings()
    {
        Span<(SettingId, uint)> settings =
        [
            (SettingId.HeaderTableSize, (uint)_options.HeaderTableSize),
            (SettingId.InitialWindowSize, (uint)_options.StreamWindow),
            (SettingId.MaxFrameSize, (uint)_options.MaxFrameSize),
            (SettingId.MaxHeaderListSize, (uint)_options.MaxHeaderListSize),
            IsClient ? (SettingId.EnablePush, 0) : (SettingId.MaxConcurrentStreams, (uint)_options.MaxConcurrentStreams),
        ];
        State.Output.WriteSettings(settings);
        // The connection's window begins at 65,535 and is not a setting (RFC 9113 section 6.9.2).
        if (_options.ConnectionWindow > 65_535)
        {
            State.Output.WriteWindowUpdate(0, _options.ConnectionWindow - 65_535);
        }
    }

    private void FinishUnconnected()
    {
        if (!_connected)
        {
            Finish();
        }
    }

    private void Finish()
    {
        State.Times.Cancel();
        Channel.Close();
        IsDead = true;
        // Left over only where a handler threw while the others were being told.
        Streams.EndAll(new StreamReset(ErrorCode.InternalError, ResetCause.ConnectionLost));
        _reader.Release();
        Receiver.Headers.Release();
        State.Output.Clear();
        TellClosed();
    }

    private void TellClosed()
    {
        if (!_told)
        {
            _told = true;
            IsDead = true;
            Handler.OnClosed(this);
        }
    }
}
