using System.Runtime.InteropServices;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>What the errors mean that the library leaves behind on a thread.</summary>
internal static class OpenSslFaults
{
    private const ulong ReasonMask = 0x7F_FFFF;

    /// <summary>Reasons from here on are alerts of the peer's: this and the alert's number.</summary>
    private const int FirstAlert = 1000;

    private const int LastAlert = 1255;

    /// <summary>Takes all errors of this thread; the first says what went wrong.</summary>
    public static (HandshakeResult Result, string Text) Take()
    {
        var error = LibSsl.TakeError();
        LibSsl.ClearErrors();
        var reason = (int)(error & ReasonMask);
        return reason is >= FirstAlert and <= LastAlert
            ? (HandshakeResult.RefusedByPeer, $"it says: {Alerts.NameOf(reason - FirstAlert)}")
            : (ResultOf(reason), error == 0 ? "OpenSSL has failed" : Marshal.PtrToStringUTF8(LibSsl.ReasonText(error)) ?? $"OpenSSL's reason {reason}");
    }

    /// <summary>SSL_R_*.</summary>
    private static HandshakeResult ResultOf(int reason) => reason switch
    {
        134 or 199 => HandshakeResult.CertificateVerificationFailed,
        180 => HandshakeResult.CertificateMalformed,
        193 or 266 => HandshakeResult.CipherSuiteMismatch,
        258 or 267 or 292 => HandshakeResult.ProtocolVersionUnsupported,
        373 => HandshakeResult.InappropriateFallback,
        235 => HandshakeResult.NoApplicationProtocol,
        123 or 271 => HandshakeResult.SignatureVerificationFailed,
        281 or 147 => HandshakeResult.DecryptionFailed,
        101 or 108 or 295 => HandshakeResult.KeyExchangeFailure,
        >= 100 => HandshakeResult.UnexpectedMessage,
        _ => HandshakeResult.UnknownFailure,
    };
}
