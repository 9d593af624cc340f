using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Wire.Http2.Connections.Sending;

/// <summary>What the peer allows us, with the values that hold before it has said anything (RFC 9113 section 6.5.2).</summary>
internal sealed class PeerSettings(ConnectionState connection, FrameSender sender)
{
    private int _saidWindow = Window.Initial;

    public int InitialWindow { get; private set; } = Window.Initial;

    /// <summary>
    /// Unlimited in the RFC until said otherwise. Until the first SETTINGS a hundred, the least it recommends: what we
    /// send beyond the real limit would come back refused.
    /// </summary>
    public long MaxConcurrentStreams { get; private set; } = 100;

    public bool Seen { get; private set; }

    /// <summary>Marks the first SETTINGS: what it does not say is the RFC's initial value.</summary>
    public void OnSettingsFrame()
    {
        if (!Seen)
        {
            Seen = true;
            MaxConcurrentStreams = uint.MaxValue;
        }
    }

    /// <summary>
    /// The end of a SETTINGS frame. A frame has room for thousands of windows, each of which would go through all streams;
    /// only where the last one leaves them can be seen.
    /// </summary>
    public void OnSettingsApplied()
    {
        var change = _saidWindow - (long)InitialWindow;
        if (change != 0)
        {
            InitialWindow = _saidWindow;
            sender.OnInitialWindow(change);
        }
    }

    public void Apply(SettingId id, uint value)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                sender.OnPeerTableSize(value);
                break;
            case SettingId.EnablePush when value > 1 || (connection.IsClient && value != 0):
                // A server cannot turn on what is the client's to allow (section 6.5.2).
                connection.Fail(ErrorCode.ProtocolError, "SETTINGS_ENABLE_PUSH has a value it cannot have");
                break;
            case SettingId.MaxConcurrentStreams:
                MaxConcurrentStreams = value;
                break;
            case SettingId.InitialWindowSize when value > int.MaxValue:
                connection.Fail(ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31 - 1");
                break;
            case SettingId.InitialWindowSize:
                _saidWindow = (int)value;
                break;
            case SettingId.MaxFrameSize when value is < 16_384 or > 16_777_215:
                connection.Fail(ErrorCode.ProtocolError, "SETTINGS_MAX_FRAME_SIZE is not within 2^14 to 2^24 - 1");
                break;
            case SettingId.MaxFrameSize:
                sender.MaxFrameSize = (int)value;
                break;
        }
    }
}
