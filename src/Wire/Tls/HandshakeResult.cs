namespace Mesh.Wire.Tls;

/// <summary>How a handshake of TLS ended, in gRPC's words (gRFC A118); the last three are ours, of handshakes that were not begun.</summary>
public enum HandshakeResult
{
    /// <summary>None of those below.</summary>
    UnknownFailure,

    /// <summary>Both sides know who the other is.</summary>
    Success,

    /// <summary>The peer's certificate is not one that may be used so: its use, its names, or no certificate at all.</summary>
    CertificateVerificationFailed,

    /// <summary>The peer's certificate has been revoked.</summary>
    CertificateRevoked,

    /// <summary>The peer's certificate is no longer valid.</summary>
    CertificateExpired,

    /// <summary>The peer's certificate is not yet valid.</summary>
    CertificateNotYetValid,

    /// <summary>Nobody whom we trust has signed the peer's certificate.</summary>
    CertificateAuthorityInvalid,

    /// <summary>The certificate is in order, and is somebody else's than was expected.</summary>
    CertificateHostnameMismatch,

    /// <summary>What was sent as a certificate is none.</summary>
    CertificateMalformed,

    /// <summary>There is no cipher suite that both sides have.</summary>
    CipherSuiteMismatch,

    /// <summary>There is no version that both sides have.</summary>
    ProtocolVersionUnsupported,

    /// <summary>The peer says that it has fallen back from a version that we have (RFC 7507).</summary>
    InappropriateFallback,

    /// <summary>The peer has not named a protocol that is spoken here (RFC 7301).</summary>
    NoApplicationProtocol,

    /// <summary>A signature is not right.</summary>
    SignatureVerificationFailed,

    /// <summary>A record does not decrypt.</summary>
    DecryptionFailed,

    /// <summary>No secret could be agreed on.</summary>
    KeyExchangeFailure,

    /// <summary>A message that does not belong there, is no message, or is larger than allowed.</summary>
    UnexpectedMessage,

    /// <summary>It was not finished in time.</summary>
    HandshakeTimeout,

    /// <summary>The peer has gone before it was finished.</summary>
    PeerConnectionClosed,

    /// <summary>The peer has refused what we have said; its alert says why.</summary>
    RefusedByPeer,

    /// <summary>Too many handshakes were under way.</summary>
    TooMany,

    /// <summary>Too many of the same address were under way.</summary>
    TooManyOfSource,
}
