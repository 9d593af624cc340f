using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tls;

/// <summary>
/// The handshakes that come to one loop: how many there are, and when each goes on. A step of one takes as long as a hundred calls, and a
/// loop does one thing at a time: so at most one step is made in a turn, and after each the loop has at least as long for everything else,
/// however many wait. Only the loop's thread may call it.
/// </summary>
public sealed class HandshakeGate : ITimerTarget
{
    private readonly EventLoop _loop;
    private readonly HandshakeLimits _limits;
    private readonly Dictionary<UInt128, int> _ofSource = [];
    private readonly Queue<TlsChannel> _waiting = new();
    private readonly LoopTimer _next;
    private readonly Action _goOn;
    private int _underWay;
    private long _notBefore = long.MinValue;
    private long _turn = -1;
    private bool _isPosted;
    private TlsChannel? _called;

    /// <param name="loop">Whose handshakes.</param>
    /// <param name="limits">How many there may be.</param>
    /// <param name="counters">Where it is counted how they end.</param>
    public HandshakeGate(EventLoop loop, HandshakeLimits limits, HandshakeCounters counters)
    {
        _loop = loop;
        _limits = limits;
        Counters = counters;
        _next = new LoopTimer(this);
        _goOn = GoOn;
    }

    /// <summary>Handshakes under way.</summary>
    public int UnderWay => _underWay;

    internal HandshakeCounters Counters { get; }

    /// <summary>One more begins, if it may; then <see cref="Leave"/> follows.</summary>
    internal HandshakeResult? TryEnter(IPAddress? source)
    {
        var key = KeyOf(source);
        var count = _ofSource.GetValueOrDefault(key);
        var refusal = _underWay >= _limits.MostUnderWay ? HandshakeResult.TooMany
            : source is not null && count >= _limits.MostOfSource ? HandshakeResult.TooManyOfSource
            : (HandshakeResult?)null;
        if (refusal is { } why)
        {
            Counters.Add(why);
            return why;
        }

        _underWay++;
        _ofSource[key] = count + 1;
        return null;
    }

    /// <summary>It is over, however.</summary>
    internal void Leave(IPAddress? source)
    {
        _underWay--;
        var key = KeyOf(source);
        var count = _ofSource[key] - 1;
        if (count == 0)
        {
            _ofSource.Remove(key);
        }
        else
        {
            _ofSource[key] = count;
        }
    }

    /// <summary>Whether a step may be made now. If not, the channel is told to go on when it is its turn.</summary>
    internal bool MayStep(TlsChannel channel)
    {
        if (ReferenceEquals(channel, _called) || (_waiting.Count == 0 && IsFree))
        {
            return true;
        }

        _waiting.Enqueue(channel);
        Schedule();
        return false;
    }

    /// <summary>A step was made.</summary>
    /// <param name="begun">When, by the loop's clock.</param>
    internal void OnStep(long begun)
    {
        var now = _loop.Clock();
        _turn = _loop.Turns;
        _notBefore = now + (now - begun);
    }

    private bool IsFree => _turn != _loop.Turns && _loop.Clock() >= _notBefore;

    void ITimerTarget.OnTimer(int kind) => GoOn();

    private void GoOn()
    {
        _isPosted = false;
        while (_waiting.Count > 0 && IsFree)
        {
            _called = _waiting.Dequeue();
            _called.GoOnShaking(); // one that is gone meanwhile makes no step
            _called = null;
        }

        Schedule();
    }

    private void Schedule()
    {
        if (_waiting.Count == 0 || _isPosted || _next.IsScheduled)
        {
            return;
        }

        if (_notBefore > _loop.Clock())
        {
            _loop.Timers.Schedule(_next, _notBefore);
        }
        else
        {
            _isPosted = true;
            _loop.Post(_goOn);
        }
    }

    /// <summary>Of IPv6 the network, as each host of it has as many addresses as it likes.</summary>
    private static UInt128 KeyOf(IPAddress? source)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (source is not null && source.TryWriteBytes(bytes, out _) && source.AddressFamily == AddressFamily.InterNetworkV6)
        {
            bytes[8..].Fill(0xff);
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
