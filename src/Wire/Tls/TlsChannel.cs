using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tls;

/// <summary>
/// A channel whose bytes go encrypted over another one. Its handler is told that it is connected when the handshake is through, the peer has
/// proven who it is, and both have agreed on what is spoken. What the handler writes in a turn becomes as few records as it fits into, and
/// leaves in one write. Only the loop's thread may call it.
/// </summary>
public sealed class TlsChannel : Channel, IChannelHandler, ITimerTarget
{
    /// <summary>Bytes that are encrypted before the socket has taken them: the rest waits where the handler sees it.</summary>
    private const int MostEncrypted = 128 * 1024;

    /// <summary>How long a peer may take to read our alert and close.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(1).Ticks;

    private readonly Channel _inner;
    private readonly HandshakeCounters _counters;
    private readonly HandshakeGate? _gate;
    private readonly bool _isClient;
    private readonly IPAddress? _source;
    private readonly ByteQueue _encrypted;

    /// <summary>Of the peer's, what must wait: the handler reads nothing at present, or the handshake is not its turn.</summary>
    private readonly ByteQueue _unread;
    private LoopTimer? _linger;
    private Action? _readOn;
    private string? _failure;
    private TlsPhase _phase = TlsPhase.Connecting;
    private bool _isClosed;
    private bool _isPaused;
    private bool _isWaiting;
    private bool _isShut;
    private bool _isShutDue;
    private bool _isReadPosted;
    private bool _isServed;
    private bool _hasHeard;
    private bool _hasPeerEnded;

    private TlsChannel(Channel inner, TlsSession session, HandshakeCounters counters, HandshakeGate? gate, bool isClient)
        : base(inner.Loop)
    {
        _inner = inner;
        Session = session;
        _counters = counters;
        _gate = gate;
        _isClient = isClient;
        _source = inner.Remote?.Address;
        _encrypted = new ByteQueue(inner.Loop.Segments);
        _unread = new ByteQueue(inner.Loop.Segments);
    }

    /// <inheritdoc/>
    public override IPEndPoint? Remote => _inner.Remote;

    /// <inheritdoc/>
    public override IPEndPoint? Local => _inner.Local;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <inheritdoc/>
    public override SpiffeId? PeerIdentity => Session.Peer;

    /// <inheritdoc/>
    public override string? Failure => _failure;

    /// <summary>What both have agreed to speak; null before the handshake is through.</summary>
    public Protocol? Protocol => Session.Protocol;

    /// <summary>How the handshake has ended, or the session.</summary>
    public HandshakeResult Result => Session.Result;

    /// <summary>What encrypts and decrypts.</summary>
    internal TlsSession Session { get; }

    /// <summary>
    /// Serves a channel over which a client has begun, or may begin, a handshake. The caller becomes the handler of what is given back, hands
    /// it what was read already, and sees to it that it does not take for ever.
    /// </summary>
    /// <param name="inner">Accepted.</param>
    /// <param name="context">Who we are.</param>
    /// <param name="rule">Who may connect.</param>
    /// <param name="gate">The loop's.</param>
    /// <returns>Null if there are too many handshakes under way; the channel is the caller's still.</returns>
    public static TlsChannel? Accept(Channel inner, TlsContext context, PeerRule rule, HandshakeGate gate)
    {
        if (gate.TryEnter(inner.Remote?.Address) is not null)
        {
            return null;
        }

        var channel = new TlsChannel(inner, context.Accept(rule), gate.Counters, gate, isClient: false) { _phase = TlsPhase.Shaking };
        inner.Handler = channel;
        return channel;
    }

    /// <summary>Connects. Bytes may be written at once, they wait; the handler is to be set before the loop goes on.</summary>
    /// <param name="loop">Whose channel.</param>
    /// <param name="remote">Where to.</param>
    /// <param name="context">Who we are.</param>
    /// <param name="rule">Who must be there.</param>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="counters">Where it is counted how it ends.</param>
    public static TlsChannel Connect(EventLoop loop, EndPoint remote, TlsContext context, PeerRule rule, Protocol protocol, HandshakeCounters counters)
    {
        var pending = new PendingHandler();
        var inner = loop.Connect(remote, pending);
        var channel = new TlsChannel(inner, context.Connect(rule, protocol), counters, gate: null, isClient: true);
        pending.Target = channel;
        inner.Handler = channel;
        return channel;
    }

    /// <summary>What was read before the channel was made. Only once, at once.</summary>
    public void Begin(ReadOnlySpan<byte> read) => ((IChannelHandler)this).OnBytes(read);

    /// <inheritdoc/>
    public override WriteResult Write(ByteQueue output)
    {
        if (_isClosed || _phase == TlsPhase.Failed || (_isShut && output.Length > 0))
        {
            return WriteResult.Failed;
        }

        if (_phase != TlsPhase.Open)
        {
            return WriteResult.Blocked;
        }

        while (true)
        {
            if (_encrypted.Length > 0 && _inner.Write(_encrypted) is var result and not WriteResult.Done)
            {
                return result;
            }

            if (output.Length == 0)
            {
                return WriteResult.Done;
            }

            while (output.Length > 0 && _encrypted.Length < MostEncrypted)
            {
                if (!Session.Write(output, _encrypted))
                {
                    Loop.Post(OnBroken); // not from within: the handler learns of it as of a socket
                    return WriteResult.Failed;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void ShutdownWrite()
    {
        if (_isClosed || _isShut)
        {
            return;
        }

        _isShut = true;
        if (_phase == TlsPhase.Open)
        {
            Session.Shut(_encrypted);
        }

        _isShutDue = true;
        SendEncrypted();
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_isClosed)
        {
            return;
        }

        if (_phase == TlsPhase.Open && !_isShut)
        {
            Session.Shut(_encrypted);
            SendEncrypted();
        }

        _inner.Close();
        Forget(_isClient ? HandshakeResult.HandshakeTimeout : null);
    }

    /// <inheritdoc/>
    public override void Cut()
    {
        if (!_isClosed)
        {
            _inner.Cut();
            Forget();
        }
    }

    /// <inheritdoc/>
    public override void PauseReading()
    {
        _isPaused = true;
        _inner.PauseReading();
    }

    /// <inheritdoc/>
    public override void ResumeReading()
    {
        if (_isPaused)
        {
            _isPaused = false;
            ReadOn();
        }
    }

    /// <inheritdoc/>
    public override void LimitUnacknowledged(TimeSpan limit) => _inner.LimitUnacknowledged(limit);

    /// <inheritdoc/>
    public override void AskWhenSilent(TimeSpan silence, TimeSpan answer) => _inner.AskWhenSilent(silence, answer);

    /// <inheritdoc/>
    public override bool IsUnacknowledgedFor(TimeSpan limit) => _inner.IsUnacknowledgedFor(limit);

    /// <summary>Its patience is over: the handshake has taken too long.</summary>
    public void GiveUp()
    {
        EndHandshake(HandshakeResult.HandshakeTimeout);
        Close();
    }

    void IChannelHandler.OnConnected()
    {
        if (!_isClosed)
        {
            _phase = TlsPhase.Shaking;
            Serve(default);
        }
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (_isClosed || _hasPeerEnded)
        {
            return; // after an alert, or the peer's last word, what still comes is for nobody
        }

        var taken = _isPaused || _isWaiting || _unread.Length > 0 ? 0 : Serve(bytes);
        if (!_isClosed && !_hasPeerEnded)
        {
            _unread.Append(bytes[taken..]);
        }
    }

    void IChannelHandler.OnFlush()
    {
        if (SendEncrypted() && _phase == TlsPhase.Open && !_isClosed)
        {
            Handler.OnFlush();
        }
    }

    /// <summary>
    /// Without close_notify it is not the peer's word: anybody on the way can make a FIN. The handler then learns of the end of the
    /// channel, and not of an end of what was said.
    /// </summary>
    bool IChannelHandler.OnPeerEnded() => _hasPeerEnded && !_isClosed;

    void IChannelHandler.OnClosed(ChannelEnd end)
    {
        _linger?.Cancel();
        if (_isClosed)
        {
            return;
        }

        if (_phase == TlsPhase.Shaking)
        {
            _failure = "TLS: the peer closed the connection during the handshake";
        }

        Forget(HandshakeResult.PeerConnectionClosed);
        Handler.OnClosed(end);
    }

    void ITimerTarget.OnTimer(int kind) => _inner.Close();

    /// <summary>It is the turn of this handshake.</summary>
    internal void GoOnShaking()
    {
        _isWaiting = false;
        if (!_isClosed)
        {
            ReadUnread();
        }
    }

    /// <summary>Has the session look at bytes of the peer's, and tells the handler what they say.</summary>
    /// <returns>How many it has looked at; the others must wait.</returns>
    private unsafe int Serve(ReadOnlySpan<byte> bytes)
    {
        if (_phase == TlsPhase.Shaking && _gate?.MayStep(this) == false)
        {
            _isWaiting = true;
            _inner.PauseReading();
            return 0;
        }

        var left = 0;
        fixed (byte* start = bytes)
        {
            Session.BeginInput(start, bytes.Length);
            _isServed = true;
            try
            {
                if (_phase == TlsPhase.Shaking)
                {
                    Shake();
                }

                if (_phase == TlsPhase.Open && !_isClosed)
                {
                    Read();
                }
            }
            finally
            {
                _isServed = false;
                left = Session.EndInput();
                if (_isClosed)
                {
                    Session.Free();
                }
            }
        }

        if (!_isClosed)
        {
            SendEncrypted();
        }

        return bytes.Length - left;
    }

    private void Shake()
    {
        var begun = Loop.Clock();
        var step = Session.Handshake(_encrypted);
        _gate?.OnStep(begun);
        if (step == TlsStep.Done)
        {
            EndHandshake(HandshakeResult.Success);
            _phase = TlsPhase.Open;
            Handler.OnConnected();
            RequestFlush();
        }
        else if (step == TlsStep.Failed)
        {
            EndHandshake(Session.Result);
            Fail(_isClient ? ChannelEnd.ConnectFailed : ChannelEnd.Reset);
        }
    }

    private void Read()
    {
        // What was read lies in the loop's block and is not looked at yet: what it says goes into another one.
        var blocks = Loop.Segments.Reads;
        var aside = blocks.SetAside();
        try
        {
            while (_phase == TlsPhase.Open && !_isClosed && !_isPaused && !_hasPeerEnded && ReadBlock(blocks.Next()))
            {
            }
        }
        finally
        {
            blocks.PutBack(aside);
        }
    }

    /// <returns>Whether there may be more.</returns>
    private bool ReadBlock(Span<byte> block)
    {
        var filled = 0;
        TlsStep step;
        do
        {
            step = Session.Read(block[filled..], _encrypted, Loop.Now, out var count);
            filled += count;
        }
        while (step == TlsStep.Done && filled < block.Length);

        if (filled > 0)
        {
            _hasHeard = true;
            Handler.OnBytes(block[..filled]);
        }

        if (_isClosed || step is TlsStep.Done or TlsStep.Wants)
        {
            return step == TlsStep.Done;
        }

        if (step == TlsStep.Ended)
        {
            EndOfPeer();
        }
        else
        {
            OnBroken();
        }

        return false;
    }

    private void EndOfPeer()
    {
        _hasPeerEnded = true;
        if (!Handler.OnPeerEnded() && !_isClosed)
        {
            Close();
            Handler.OnClosed(ChannelEnd.EndOfStream);
        }
    }

    /// <summary>
    /// A client is through before the server has looked at its certificate: what the server then says instead of a first word means that
    /// there is no connection.
    /// </summary>
    private void OnBroken()
    {
        if (_isClosed)
        {
            return;
        }

        if (Session.IsFlooded)
        {
            _counters.AddFlood();
        }

        Fail(_isClient && !_hasHeard ? ChannelEnd.ConnectFailed : ChannelEnd.Reset);
    }

    /// <summary>Over for us; the alert, if there is one, is still to be read by the peer, and would be lost if the socket were closed at once.</summary>
    private void Fail(ChannelEnd end)
    {
        _phase = TlsPhase.Failed;
        _failure = $"TLS: {Session.Fault}";
        _isShutDue = true;
        SendEncrypted();
        _linger = new LoopTimer(this);
        Loop.Timers.Schedule(_linger, Loop.Now + LingerTime);
        Forget();
        _inner.ResumeReading();
        Handler.OnClosed(end);
    }

    /// <summary>Counts it once, if there was one.</summary>
    private void EndHandshake(HandshakeResult? result)
    {
        if (_phase == TlsPhase.Shaking)
        {
            _phase = TlsPhase.Failed; // unless it is opened now
            _gate?.Leave(_source);
            if (result is { } known)
            {
                _counters.Add(known);
            }
        }
    }

    /// <summary>Hands on what is encrypted, and then the end if that is due.</summary>
    /// <returns>Whether all of it is with the channel beneath.</returns>
    private bool SendEncrypted()
    {
        if (_encrypted.Length > 0 && _inner.Write(_encrypted) != WriteResult.Done)
        {
            return false;
        }

        if (_isShutDue)
        {
            _isShutDue = false;
            _inner.ShutdownWrite();
        }

        return true;
    }

    private void ReadOn()
    {
        if (!_isReadPosted && !_isClosed)
        {
            _isReadPosted = true;
            Loop.Post(_readOn ??= () =>
            {
                _isReadPosted = false;
                if (!_isClosed && !_isPaused && !_isWaiting)
                {
                    ReadUnread();
                }
            });
        }
    }

    private void ReadUnread()
    {
        do
        {
            var first = _unread.First;
            var taken = Serve(first);
            if (_isClosed || _isWaiting)
            {
                return;
            }

            _unread.Consume(taken);
            if (_isPaused)
            {
                return;
            }
        }
        while (_unread.Length > 0);

        _inner.ResumeReading();
    }

    /// <param name="unfinished">How a handshake that is under way has ended; null if it is not to be counted.</param>
    private void Forget(HandshakeResult? unfinished = null)
    {
        EndHandshake(unfinished);
        _isClosed = true;
        _unread.Clear();
        if (_linger is null)
        {
            _encrypted.Clear(); // else the alert waits for the socket
        }

        if (!_isServed)
        {
            Session.Free();
        }
    }
}

/// <summary>How far a channel of TLS is.</summary>
internal enum TlsPhase
{
    /// <summary>There is no connection yet.</summary>
    Connecting,

    /// <summary>The handshake is under way.</summary>
    Shaking,

    /// <summary>Both know who the other is.</summary>
    Open,

    /// <summary>It has not come about, or was broken off.</summary>
    Failed,
}
