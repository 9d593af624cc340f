using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;

namespace Mesh.Wire;

/// <summary>
/// Holds an accepted channel until its first bytes tell what the peer speaks: only HTTP/2's preface is HTTP/2 (RFC 9113 section 3.4), all
/// else is for HTTP/1.1 to judge. Where TLS is taken, what begins a handshake is held until that is through, and what was agreed on in it
/// decides. Then somebody else becomes the channel's handler. On the channel's loop only.
/// </summary>
public sealed class ProtocolChoice : IChannelHandler, ITimerTarget
{
    /// <summary>The preface begins with "PRI ", which is no method of HTTP/1.1.</summary>
    private const int Decisive = 4;

    /// <summary>How long who was refused may take to read why.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(1).Ticks;

    private readonly Channel _channel;
    private readonly ViolationCounters _violations;
    private readonly TlsEntry? _entry;
    private readonly Func<Channel, Protocol, IChannelHandler> _choose;
    private readonly Action<ProtocolChoice> _over;
    private readonly LoopTimer _patience;

    /// <summary>How many bytes of the preface have come; nothing else has.</summary>
    private int _seen;
    private TlsChannel? _tls;
    private bool _isRefused;

    /// <param name="channel">Of which nothing has been read.</param>
    /// <param name="patience">A peer that says nothing for so long has nothing to say; zero for ever.</param>
    /// <param name="violations">Where a handshake of TLS is counted where none is taken, which HTTP/1.1 then refuses.</param>
    /// <param name="choose">Makes the handler that goes on.</param>
    /// <param name="over">Told once, when the choice is made or the channel is gone.</param>
    /// <param name="entry">How TLS is taken; null where it is not.</param>
    public ProtocolChoice(
        Channel channel,
        TimeSpan patience,
        ViolationCounters violations,
        Func<Channel, Protocol, IChannelHandler> choose,
        Action<ProtocolChoice> over,
        TlsEntry? entry = null)
    {
        _channel = channel;
        _violations = violations;
        _choose = choose;
        _over = over;
        _entry = entry;
        _patience = new LoopTimer(this);
        if (patience > TimeSpan.Zero)
        {
            channel.Loop.Timers.Schedule(_patience, channel.Loop.Now + patience.Ticks);
        }
    }

    /// <summary>Nobody wants to know any more.</summary>
    public void Close()
    {
        (_tls ?? _channel).Close();
        End();
    }

    /// <summary>The handshake is through.</summary>
    void IChannelHandler.OnConnected()
    {
        End();
        _tls!.Handler = _choose(_tls, _tls.Protocol!.Value);
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (_isRefused)
        {
            return;
        }

        if (_seen == 0 && Preface.IsTls(bytes))
        {
            OnTls(bytes);
            return;
        }

        var wanted = FrameWriter.Preface[_seen..Decisive];
        var isPreface = bytes.StartsWith(wanted);
        if (!isPreface && wanted.StartsWith(bytes))
        {
            _seen += bytes.Length;
            return;
        }

        var protocol = isPreface ? Protocol.Http2 : Protocol.Http1;
        if (_entry is { IsStrict: true })
        {
            Refuse(_entry.Refuse(protocol));
            return;
        }

        _entry?.OnTaken(protocol);
        Serve(protocol, bytes);
    }

    void IChannelHandler.OnFlush()
    {
    }

    void IChannelHandler.OnClosed(ChannelEnd end) => End();

    void ITimerTarget.OnTimer(int kind)
    {
        _tls?.GiveUp();
        Close();
    }

    private void OnTls(ReadOnlySpan<byte> bytes)
    {
        if (_entry is null)
        {
            _violations.Add(ProtocolViolation.UnexpectedTls);
            Serve(Protocol.Http1, bytes);
        }
        else if (_entry.Accept(_channel) is { } channel)
        {
            _tls = channel;
            channel.Handler = this;
            channel.Begin(bytes);
        }
        else
        {
            Close();
        }
    }

    private void Serve(Protocol protocol, ReadOnlySpan<byte> bytes)
    {
        End();
        var handler = _channel.Handler = _choose(_channel, protocol);
        if (_seen > 0)
        {
            handler.OnBytes(FrameWriter.Preface[.._seen]);
        }

        handler.OnBytes(bytes);
    }

    /// <summary>It is told why, and closed once it has had the time to read that: closed at once, what it has sent unread would make the system cut it off.</summary>
    private void Refuse(ReadOnlySpan<byte> why)
    {
        _isRefused = true;
        var output = new ByteQueue(_channel.Loop.Segments);
        output.Append(why);
        _channel.Write(output);
        output.Clear();
        _channel.ShutdownWrite();
        _channel.Loop.Timers.Schedule(_patience, _channel.Loop.Now + LingerTime);
    }

    private void End()
    {
        _patience.Cancel();
        _over(this);
    }
}
