using Mesh.Wire.Transport;

namespace Mesh.Wire.Streams;

/// <summary>Stands in while a connection, which needs its channel, is being made.</summary>
internal sealed class PendingHandler : IChannelHandler
{
    public IChannelHandler? Target { get; set; }

    public void OnConnected() => Target?.OnConnected();

    public void OnBytes(ReadOnlySpan<byte> bytes) => Target?.OnBytes(bytes);

    public void OnFlush() => Target?.OnFlush();

    public bool OnPeerEnded() => Target?.OnPeerEnded() ?? false;

    public void OnClosed(ChannelEnd end) => Target?.OnClosed(end);
}
