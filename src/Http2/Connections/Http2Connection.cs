using System.Text;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Http2.Transport;

namespace Mesh.Http2.Connections;

/// <summary>
/// One HTTP/2 connection (RFC 9113), as server or as client: its streams, its life from preface to GOAWAY, and the two
/// halves that receive and send. Whatever the peer does ends in a call of a handler and, if it must, in the right error on
/// the wire; nothing throws. Only the loop's thread may call it.
/// </summary>
public sealed class Http2Connection : IChannelHandler
{
    /// <summary>What marks the PING that ends the first step of a graceful GOAWAY.</summary>
    private static ReadOnlySpan<byte> GoAwayPing => "goaway\0\0"u8;

    private static ReadOnlySpan<byte> KeepAlivePing => "alive?\0\0"u8;

    private readonly Channel _channel;
    private readonly Http2Options _options;
    private readonly ViolationCounters _violations;
    private readonly FrameReader _reader;
    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly RecentIds _reset = new();
    private int _nextStreamId = 1;
    private int _lastTaken = int.MaxValue;
    private int _peerLast = int.MaxValue;
    private bool _connected;
    private bool _ending;
    private bool _told;

    private Http2Connection(Channel channel, bool isClient, IConnectionHandler handler, Http2Options options, ViolationCounters violations)
    {
        _channel = channel;
        _options = options;
        _violations = violations;
        IsClient = isClient;
        Handler = handler;
        var scratch = channel.Loop.Scratch;
        Flood = new FloodGuard(channel.Loop.Now);
        Peer = new PeerSettings(this);
        Sender = new FrameSender(this, channel, options, scratch);
        Receiver = new FrameReceiver(this, options, scratch, new ReceiveWindows(this, options));
        _reader = new FrameReader(this, Receiver, scratch, options.MaxFrameSize);
        _connected = !isClient;
        Watch = new ConnectionWatch(this, options);
    }

    /// <summary>The role.</summary>
    public bool IsClient { get; }

    /// <summary>The other side; null where there is no network between.</summary>
    public System.Net.IPEndPoint? Remote => _channel.Remote;

    /// <summary>The loop that owns it.</summary>
    public EventLoop Loop => _channel.Loop;

    /// <summary>Streams under way.</summary>
    public int OpenStreams => _streams.Count;

    /// <summary>Nothing goes over it any more.</summary>
    public bool IsDead { get; private set; }

    /// <summary>It is through its handshake: connected, and the peer's settings are known.</summary>
    public bool IsReady => WasReady && !IsDead;

    /// <summary>The transport is there; the peer may still be silent.</summary>
    public bool IsConnected => _connected && !IsDead;

    /// <summary>It came through its handshake, whatever has become of it.</summary>
    public bool WasReady => _connected && Peer.Seen;

    /// <summary>Client role: the peer has said that it goes away; the streams there are may finish.</summary>
    public bool PeerGoesAway { get; private set; }

    /// <summary>Client role: how many streams the peer takes at once; 100 until it has said.</summary>
    public long MaxStreams => Peer.MaxConcurrentStreams;

    /// <summary>Client role: whether another stream can be opened now.</summary>
    public bool CanOpen => !IsDead && !_ending && !PeerGoesAway && _streams.Count < Peer.MaxConcurrentStreams && _nextStreamId > 0;

    /// <summary>Client role: it will never open another stream.</summary>
    public bool IsUsedUp => IsDead || _ending || PeerGoesAway || _nextStreamId < 0;

    /// <summary>Bytes that wait for the peer to read.</summary>
    public int OutputLength => Sender.OutputLength;

    /// <summary>Why it failed, for people; null if it has not.</summary>
    public string? Failure { get; private set; }

    internal IConnectionHandler Handler { get; }

    internal PeerSettings Peer { get; }

    internal FrameSender Sender { get; }

    internal FrameReceiver Receiver { get; }

    internal FloodGuard Flood { get; }

    internal ConnectionWatch Watch { get; }

    internal long Now => _channel.Loop.Now;

    /// <summary>Since when a header block, or a frame other than DATA, waits for its rest; the largest value if none does.</summary>
    internal long UnfinishedSince => Math.Min(_reader.KeptSince, Receiver.Headers.BlockSince);

    /// <summary>Serves an accepted channel: becomes its handler.</summary>
    public static Http2Connection Accept(Channel channel, IConnectionHandler handler, Http2Options options, ViolationCounters violations)
    {
        var connection = new Http2Connection(channel, isClient: false, handler, options, violations);
        channel.Handler = connection;
        connection.SaySettings();
        return connection;
    }

    /// <summary>Connects. Streams may be opened at once; they wait for the connection, and are told if it fails.</summary>
    public static Http2Connection Connect(
        EventLoop loop,
        System.Net.IPEndPoint remote,
        IConnectionHandler handler,
        Http2Options options,
        ViolationCounters violations)
    {
        var pending = new PendingHandler();
        var channel = loop.Connect(remote, pending);
        var connection = new Http2Connection(channel, isClient: true, handler, options, violations);
        pending.Target = connection;
        channel.Handler = connection;
        connection.Sender.WritePreface();
        connection.SaySettings();
        return connection;
    }

    /// <summary>Client role: opens a stream and sends the request's head. Only if <see cref="CanOpen"/>.</summary>
    public Http2Stream Open(HeaderList headers, bool endStream, IStreamHandler handler)
    {
        var stream = NewStream(_nextStreamId);
        _nextStreamId += 2; // overflows to negative after the last one
        stream.Handler = handler;
        stream.IsHead = headers.TryGet(KnownHeader.Method, out var method) && method.SequenceEqual("HEAD"u8);
        Sender.WriteHeaders(stream, headers, endStream);
        return stream;
    }

    /// <summary>
    /// Ends in two steps (RFC 9113 section 6.8): first tells the peer to open no more streams, then, when it must have read
    /// that, which was the last one taken. Streams under way finish; then the connection closes.
    /// </summary>
    public void GoAway()
    {
        if (IsDead || _ending)
        {
            return;
        }

        _ending = true;
        if (IsClient)
        {
            Sender.WriteGoAway(0, ErrorCode.NoError, default);
            CloseIfDrained();
            return;
        }

        Sender.WriteGoAway(int.MaxValue, ErrorCode.NoError, default);
        Sender.WritePing(GoAwayPing, ack: false);
        Watch.OnGoAwayPing();
    }

    /// <summary>
    /// Ends at once: open streams are told that the connection is closed or, if it never came about, that it failed.
    /// </summary>
    /// <param name="code">Told to the peer.</param>
    /// <param name="why">Becomes <see cref="Failure"/>.</param>
    public void Abort(ErrorCode code, string why)
    {
        if (!IsDead)
        {
            Die(code, why, _connected ? ResetCause.ConnectionClosed : ResetCause.ConnectFailed);
        }
    }

    /// <summary>Calls <paramref name="action"/> for each stream under way, which may end it, but not open another.</summary>
    public void ForEachStream<TState>(Action<Http2Stream, TState> action, TState state)
    {
        foreach (var stream in _streams.Values)
        {
            action(stream, state);
        }
    }

    void IChannelHandler.OnConnected()
    {
        _connected = true;
        Handler.OnCapacityChanged(this);
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (!IsDead)
        {
            _reader.Read(bytes);
            Watch.OnReceived();
        }
    }

    void IChannelHandler.OnFlush()
    {
        var result = Sender.Flush();
        if (result == WriteResult.Failed)
        {
            // The loop tells of the channel's end itself, with its reason.
            Sender.Clear();
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
        _channel.ShutdownWrite();
        TellClosed();
    }

    void IChannelHandler.OnClosed(ChannelEnd end)
    {
        if (!IsDead)
        {
            var cause = end == ChannelEnd.ConnectFailed || !_connected ? ResetCause.ConnectFailed : ResetCause.ConnectionLost;
            Failure ??= end switch
            {
                ChannelEnd.ConnectFailed => "connection refused or unreachable",
                ChannelEnd.EndOfStream => "the peer closed the connection",
                _ => "the connection was reset",
            };
            IsDead = true;
            EndAll(new StreamReset(ErrorCode.NoError, cause));
        }

        Finish();
    }

    internal Http2Stream? Find(int streamId) => _streams.TryGetValue(streamId, out var stream) ? stream : null;

    /// <summary>Nobody has used it yet (RFC 9113 section 5.1.1).</summary>
    internal bool IsIdle(int streamId) => IsClient
        ? (streamId & 1) == 0 || (_nextStreamId > 0 && streamId >= _nextStreamId)
        : (streamId & 1) == 0 || streamId > Receiver.Headers.LastPeerStreamId;

    /// <summary>Whatever comes on this stream is dropped: we have reset it, or our GOAWAY says that we never looked at it.</summary>
    internal bool WasGivenUp(int streamId) => streamId > _lastTaken || _reset.Contains(streamId);

    /// <summary>Server role: not above the last one of our GOAWAY.</summary>
    internal bool TakesNewStreams(int streamId) => streamId <= _lastTaken;

    internal Http2Stream AcceptStream(int streamId) => NewStream(streamId);

    /// <summary>Server role: answers a stream that never gets an object.</summary>
    internal void RefuseStream(int streamId, ErrorCode code)
    {
        _reset.Add(streamId);
        Sender.WriteRstStream(streamId, code);
    }

    /// <summary>Server role: 431, as HTTP has it for this (RFC 6585 section 5); the rest of the request is not wanted.</summary>
    internal void AnswerHeadersTooLarge(int streamId, bool endStream)
    {
        var stream = NewStream(streamId);
        stream.Handler = Unhandled.Instance;
        stream.HeadReceived = true;
        stream.RemoteEnded = endStream;
        var headers = Loop.Scratch.RentList();
        headers.Add(KnownHeader.Status, "431"u8);
        Sender.WriteHeaders(stream, headers, endStream: true);
        Loop.Scratch.Return(headers);
        Sender.StopPeerWhenDone(stream);
    }

    /// <summary>Our own decision.</summary>
    internal void ResetStream(Http2Stream stream, ErrorCode code)
    {
        // Ended both ways it is about to be closed, by whoever has called the handler that resets it.
        if (stream.IsClosed || (stream.LocalEnded && stream.RemoteEnded))
        {
            return;
        }

        _reset.Add(stream.Id);
        Sender.WriteRstStream(stream.Id, code);
        Close(stream);
    }

    /// <summary>The peer broke the protocol on one stream (RFC 9113 section 5.4.2).</summary>
    internal void StreamError(Http2Stream stream, ErrorCode code)
    {
        if (stream.IsClosed)
        {
            return;
        }

        Count(ProtocolViolation.StreamError);
        ResetStream(stream, code);
        stream.Handler.OnReset(stream, new StreamReset(code, ResetCause.Violation));
        if (!Flood.ProvokedReset.TryTake(Now))
        {
            Count(ProtocolViolation.ProvokedReset);
            Fail(ErrorCode.EnhanceYourCalm, "too many streams that had to be reset");
        }
    }

    internal void EndByPeer(Http2Stream stream, StreamReset reset)
    {
        Close(stream);
        stream.Handler.OnReset(stream, reset);
    }

    internal void CloseIfEnded(Http2Stream stream)
    {
        if (stream.LocalEnded && stream.RemoteEnded && !stream.IsClosed)
        {
            Flood.OnStreamCompleted();
            Close(stream);
        }
    }

    /// <summary>The peer broke the protocol on the connection (RFC 9113 section 5.4.1).</summary>
    internal void Fail(ErrorCode code, string why)
    {
        if (!IsDead)
        {
            Count(ProtocolViolation.ConnectionError);
            Die(code, why, ResetCause.Violation);
        }
    }

    /// <summary>Takes one from a budget; an overdrawn one ends the </summary>
    internal bool Allow(FloodBudget budget)
    {
        if (budget.TryTake(Now))
        {
            return true;
        }

        Count(budget.Violation);
        Fail(ErrorCode.EnhanceYourCalm, "too many frames that lead nowhere");
        return false;
    }

    internal void Count(ProtocolViolation violation) => _violations.Add(violation);

    internal void OnPingAck(ReadOnlySpan<byte> opaque)
    {
        if (opaque.SequenceEqual(GoAwayPing))
        {
            OnGoAwayPingDue();
        }
    }

    /// <summary>The peer has read the first GOAWAY, or has had time to.</summary>
    internal void OnGoAwayPingDue()
    {
        Watch.OnGoAwayDone();
        if (_ending && !IsClient && _lastTaken == int.MaxValue)
        {
            _lastTaken = Receiver.Headers.LastPeerStreamId;
            Sender.WriteGoAway(_lastTaken, ErrorCode.NoError, default);
            CloseIfDrained();
        }
    }

    internal void SendKeepAlive() => Sender.WritePing(KeepAlivePing, ack: false);

    internal void OnSilentPeer() =>
        Die(ErrorCode.NoError, "the peer has not answered a keep-alive PING", ResetCause.ConnectionLost);

    internal void OnSlowHandshake()
    {
        if (_connected)
        {
            Count(ProtocolViolation.SlowPeer);
        }

        Die(
            ErrorCode.SettingsTimeout,
            _connected ? "no SETTINGS in time" : "not connected in time",
            _connected ? ResetCause.ConnectionLost : ResetCause.ConnectFailed);
    }

    internal void OnSlowFrame()
    {
        Count(ProtocolViolation.SlowPeer);
        Die(ErrorCode.EnhanceYourCalm, "a frame or header block was not finished in time", ResetCause.Violation);
    }

    /// <summary>The peer has had its time to take our last words.</summary>
    internal void OnLingerOver() => Finish();

    internal void OnPeerGoesAway(int lastStreamId, ErrorCode code)
    {
        PeerGoesAway = true;
        Failure ??= code == ErrorCode.NoError ? null : $"the peer went away with {code}";
        if (!IsClient)
        {
            return; // a client that goes away opens no more; its streams finish
        }

        // It may be said twice, and only go down (RFC 9113 section 6.8).
        _peerLast = Math.Min(_peerLast, lastStreamId);
        Handler.OnCapacityChanged(this);
        EndAll(new StreamReset(ErrorCode.RefusedStream, ResetCause.GoAway), above: _peerLast);
        CloseIfDrained();
    }

    internal void OnInitialWindowChanged(long change)
    {
        foreach (var stream in _streams.Values)
        {
            stream.SendWindow += change;
            if (stream.SendWindow > int.MaxValue)
            {
                Fail(ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window pass 2^31 - 1");
                return;
            }
        }

        foreach (var stream in _streams.Values)
        {
            Sender.MakeReady(stream);
        }
    }

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
        Sender.WriteSettings(settings);
        // The connection's window begins at 65,535 and is not a setting (RFC 9113 section 6.9.2).
        if (_options.ConnectionWindow > 65_535)
        {
            Sender.WriteWindowUpdate(0, _options.ConnectionWindow - 65_535);
        }
    }

    private Http2Stream NewStream(int id)
    {
        var stream = Loop.Scratch.RentStream(Loop.Segments);
        stream.Open(this, id, Peer.InitialWindow, _options.StreamWindow);
        _streams.Add(id, stream);
        if (_streams.Count == 1)
        {
            Watch.OnBusy();
        }

        return stream;
    }

    private void Close(Http2Stream stream)
    {
        stream.IsClosed = true;
        _streams.Remove(stream.Id);
        Receiver.Data.OnStreamClosed(stream);
        Sender.OnStreamClosed(stream);
        Loop.Scratch.Retire(stream);
        if (!IsDead)
        {
            if (IsClient)
            {
                Handler.OnCapacityChanged(this);
            }

            CloseIfDrained();
        }
    }

    private void CloseIfDrained()
    {
        var drained = _streams.Count == 0 && (IsClient ? _ending || PeerGoesAway : _ending && _lastTaken != int.MaxValue);
        if (drained && !IsDead)
        {
            IsDead = true;
            Watch.OnDead();
            _channel.RequestFlush(); // what is written goes out, then the channel closes
        }
    }

    private void Die(ErrorCode code, string? why, ResetCause cause)
    {
        Failure ??= why;
        // Never above what an earlier one said (RFC 9113 section 6.8).
        Sender.WriteGoAway(Math.Min(_lastTaken, Receiver.Headers.LastPeerStreamId), code, why is null ? default : Encoding.ASCII.GetBytes(why));
        IsDead = true;
        Watch.OnDead();
        EndAll(new StreamReset(code, cause));
    }

    private void EndAll(StreamReset reset, int above = 0)
    {
        // Of a copy: a handler may close others.
        foreach (var stream in _streams.Values.ToArray())
        {
            if (stream.Id > above && !stream.IsClosed)
            {
                EndByPeer(stream, reset);
            }
        }
    }

    private void Finish()
    {
        Watch.Cancel();
        _channel.Close();
        IsDead = true;
        // Left over only where a handler threw while the others were being told.
        EndAll(new StreamReset(ErrorCode.InternalError, ResetCause.ConnectionLost));
        _reader.Release();
        Receiver.Headers.Release();
        Sender.Clear();
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

    /// <summary>Stands in while the connection, which needs its channel, is being made.</summary>
    private sealed class PendingHandler : IChannelHandler
    {
        public IChannelHandler? Target { get; set; }

        public void OnConnected() => Target?.OnConnected();

        public void OnBytes(ReadOnlySpan<byte> bytes) => Target?.OnBytes(bytes);

        public void OnFlush() => Target?.OnFlush();

        public void OnClosed(ChannelEnd end) => Target?.OnClosed(end);
    }

    /// <summary>For streams that were answered without anybody being asked.</summary>
    private sealed class Unhandled : IStreamHandler
    {
        public static readonly Unhandled Instance = new();

        public void OnInterim(Http2Stream stream, HeaderList headers)
        {
        }

        public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
        {
        }

        public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream) => stream.ReturnCredit(data.Length);

        public void OnTrailers(Http2Stream stream, HeaderList trailers)
        {
        }

        public void OnSent(Http2Stream stream, int bytes)
        {
        }

        public void OnReset(Http2Stream stream, StreamReset reset)
        {
        }

        public void OnClosed(Http2Stream stream)
        {
        }
    }
}
