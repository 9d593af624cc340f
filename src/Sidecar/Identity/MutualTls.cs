using Mesh.Sidecar.Options;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Identity;

/// <summary>What the process has of mutual TLS: who it is, how it takes connections, and what is counted of them. Any thread.</summary>
/// <param name="mode">Not <see cref="MtlsMode.Off"/>.</param>
internal sealed class MutualTls(MtlsMode mode)
{
    private static readonly HandshakeLimits Limits = new();

    public MtlsMode Mode { get; } = mode;

    /// <summary>Who we are.</summary>
    public TlsCredentials Credentials { get; } = new();

    /// <summary>Handshakes of callers.</summary>
    public HandshakeCounters Inbound { get; } = new();

    /// <summary>Handshakes with endpoints.</summary>
    public HandshakeCounters Outbound { get; } = new();

    /// <summary>Callers in clear.</summary>
    public ClearCounters Clear { get; } = new();

    /// <summary>How a loop takes connections that come in.</summary>
    public TlsEntry EntryOf(EventLoop loop) => new(Credentials, Mode == MtlsMode.Strict, new HandshakeGate(loop, Limits, Inbound), Clear);
}
