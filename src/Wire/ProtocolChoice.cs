using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Wire;

/// <summary>
/// Holds an accepted channel until its first bytes tell what the peer speaks: only HTTP/2's preface is HTTP/2 (RFC 9113 section 3.4), all
/// else is for HTTP/1.1 to judge. Then somebody else becomes the channel's handler. On the channel's loop only.
/// </summary>
public sealed class ProtocolChoice : IChannelHandler, ITimerTarget
{
    /// <summary>The preface begins with "PRI ", which is no method of HTTP/1.1.</summary>
    private const int Decisive = 4;

    private readonly Channel _channel;
    private readonly ViolationCounters _violations;
    private readonly Func<Channel, Protocol, IChannelHandler> _choose;
    private readonly Action<ProtocolChoice> _over;
    private readonly LoopTimer _patience;

    /// <summary>How many bytes of the preface have come; nothing else has.</summary>
    private int _seen;

    /// <param name="channel">Of which nothing has been read.</param>
    /// <param name="patience">A peer that says nothing for so long has nothing to say; zero for ever.</param>
    /// <param name="violations">Where a handshake of TLS is counted, which HTTP/1.1 then refuses.</param>
    /// <param name="choose">Makes the handler that goes on.</param>
    /// <param name="over">Told once, when the choice is made or the channel is gone.</param>
    public ProtocolChoice(Channel channel, TimeSpan patience, ViolationCounters violations, Func<Channel, Protocol, IChannelHandler> choose, Action<ProtocolChoice> over)
    {
        _channel = channel;
        _violations = violations;
        _choose = choose;
        _over = over;
        _patience = new LoopTimer(this);
        if (patience > TimeSpan.Zero)
        {
            channel.Loop.Timers.Schedule(_patience, channel.Loop.Now + patience.Ticks);
        }
    }

    /// <summary>Nobody wants to know any more.</summary>
    public void Close()
    {
        _channel.Close();
        End();
    }

    void IChannelHandler.OnConnected()
    {
    }

    void IChannelHandler.OnBytes(ReadOnlySpan<byte> bytes)
    {
        var wanted = FrameWriter.Preface[_seen..Decisive];
        var isPreface = bytes.StartsWith(wanted);
        if (!isPreface && wanted.StartsWith(bytes))
        {
            _seen += bytes.Length;
            return;
        }

        End();
        if (_seen == 0 && Preface.IsTls(bytes))
        {
            _violations.Add(ProtocolViolation.UnexpectedTls);
        }

        var handler = _channel.Handler = _choose(_channel, isPreface ? Protocol.Http2 : Protocol.Http1);
        if (_seen > 0)
        {
            handler.OnBytes(FrameWriter.Preface[.._seen]);
        }

        handler.OnBytes(bytes);
    }

    void IChannelHandler.OnFlush()
    {
    }

    void IChannelHandler.OnClosed(ChannelEnd end) => End();

    void ITimerTarget.OnTimer(int kind) => Close();

    private void End()
    {
        _patience.Cancel();
        _over(this);
    }
}
