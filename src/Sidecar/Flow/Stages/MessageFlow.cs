namespace Mesh.Sidecar.Flow.Stages;

/// <summary>What goes one way of a call: bytes, in gRPC the messages that they are, and when.</summary>
internal struct MessageFlow
{
    /// <summary>Of the messages whose number the rate is taken from.</summary>
    private static readonly long RateSpan = TimeSpan.FromSeconds(5).Ticks;

    private GrpcFraming _framing;
    private long _since;
    private long _before;
    private double _rate;

    /// <summary>When bytes last came, in the loop's ticks; when the call began if none did.</summary>
    public long LastAt { get; private set; }

    /// <summary>Messages begun; in gRPC alone.</summary>
    public readonly long Messages => _framing.Messages;

    /// <summary>Whether it could end here without cutting a message in two.</summary>
    public readonly bool IsBetweenMessages => _framing.IsBetweenMessages;

    /// <summary>The call begins.</summary>
    public void Start(long now) => LastAt = _since = now;

    /// <summary>Bytes that are no messages.</summary>
    public void Pass(long now) => LastAt = now;

    /// <summary>Bytes of gRPC.</summary>
    public void Feed(ReadOnlySpan<byte> data, long now)
    {
        if (data.IsEmpty)
        {
            return; // an end, perhaps
        }

        if (now - _since >= RateSpan)
        {
            _rate = RateAt(now);
            _before = _framing.Messages;
            _since = now;
        }

        LastAt = now;
        _framing.Feed(data);
    }

    /// <summary>Messages a second of late: over five seconds or more, or since the call began if that is less.</summary>
    public readonly double RateAt(long now)
    {
        var since = now - _since;
        return since >= RateSpan || (_before == 0 && _rate == 0)
            ? (_framing.Messages - _before) * (double)TimeSpan.TicksPerSecond / Math.Max(since, TimeSpan.TicksPerMillisecond)
            : _rate;
    }
}
