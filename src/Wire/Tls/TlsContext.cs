using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls;

/// <summary>
/// An identity made ready for handshakes, and what makes the sessions that use it. Immutable: after a renewal there is another one, and
/// sessions keep theirs. Made aside; any loop may make sessions of it.
/// </summary>
public abstract class TlsContext
{
    /// <summary>Larger chains than this, in bytes, are refused unread: ten certificates of the usual size.</summary>
    internal const int MostChainBytes = 16 * 1024;

    /// <summary>Certificates between the peer's own and an anchor.</summary>
    internal const int MostIntermediates = 4;

    private protected TlsContext(TlsIdentity identity) => Identity = identity;

    /// <summary>Who we are, and whom we believe.</summary>
    public TlsIdentity Identity { get; }

    /// <summary>By the system's OpenSSL if there is one that fits, else by .NET's SslStream.</summary>
    /// <param name="identity">Of the process.</param>
    /// <param name="managed">By SslStream all the same.</param>
    /// <exception cref="TlsIdentityException">The library takes less than we do.</exception>
    public static TlsContext Create(TlsIdentity identity, bool managed = false) =>
        managed || TlsLibrary.WhyManaged is not null ? new Managed.ManagedContext(identity) : new OpenSsl.OpenSslContext(identity);

    /// <summary>Begins a session as server; the client is asked for its certificate.</summary>
    /// <param name="rule">Who may connect.</param>
    internal abstract TlsSession Accept(PeerRule rule);

    /// <summary>Begins a session as client.</summary>
    /// <param name="rule">Who must be there.</param>
    /// <param name="protocol">The one that is spoken.</param>
    internal abstract TlsSession Connect(PeerRule rule, Protocol protocol);
}
