using System.Runtime.InteropServices;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>What is used of OpenSSL 3: libssl, and of libcrypto what a connection needs. Constants are those of its headers.</summary>
internal static unsafe partial class LibSsl
{
    public const string Ssl = "libssl.so.3";
    public const string Crypto = "libcrypto.so.3";

    public const int Tls13 = 0x0304;

    public const int ControlMode = 33;
    public const int ControlReadAhead = 41;
    public const int ControlSessionCache = 44;
    public const int ControlMaxChain = 51;
    public const int ControlAddChain = 89;
    public const int ControlMinVersion = 123;
    public const int ControlMaxVersion = 124;

    /// <summary>Short writes are told, a repeated one may lie elsewhere, and an idle connection holds no buffers.</summary>
    public const nint Modes = 0x1 | 0x2 | 0x10;

    public const ulong NoTicket = 1 << 14;
    public const ulong NoRenegotiation = 1 << 30;

    public const int VerifyPeer = 0x1;
    public const int FailWithoutCertificate = 0x2;

    /// <summary>A certificate of the store is an anchor, self-signed or not.</summary>
    public const uint PartialChain = 0x80000;

    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;

    public const int AlertFatal = 2;
    public const int NoAcknowledge = 3;
    public const int AlertNoApplicationProtocol = 120;
    public const uint AlpnExtension = 16;
    public const int SubjectAlternativeName = 85;

    public const uint IsAuthority = 0x10;
    public const uint HasKeyUsage = 0x2;
    public const uint UsageOfAuthority = 0x4 | 0x2;

    public const int BioControlFlush = 11;
    public const int BioSourceSink = 0x0400;
    public const int BioShouldRetryRead = 0x01 | 0x08;

    /// <summary>For people: "OpenSSL 3.0.19 27 Jan 2026".</summary>
    public static string Version => Marshal.PtrToStringUTF8(OpenSslVersion(0)) ?? "OpenSSL";

    [LibraryImport(Crypto, EntryPoint = "OpenSSL_version")]
    private static partial nint OpenSslVersion(int what);

    [LibraryImport(Crypto, EntryPoint = "ERR_get_error")]
    public static partial ulong TakeError();

    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "ERR_reason_error_string")]
    public static partial nint ReasonText(ulong error);

    [LibraryImport(Ssl, EntryPoint = "TLS_server_method")]
    public static partial nint ServerMethod();

    [LibraryImport(Ssl, EntryPoint = "TLS_client_method")]
    public static partial nint ClientMethod();

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_new")]
    public static partial nint NewContext(nint method);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl")]
    public static partial nint ControlContext(nint context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_options")]
    public static partial ulong SetOptions(nint context, ulong options);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_num_tickets")]
    public static partial int SetTickets(nint context, nuint count);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_ciphersuites", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetCipherSuites(nint context, string suites);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_verify")]
    public static partial void SetVerify(nint context, int mode, nint callback);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_verify_depth")]
    public static partial void SetVerifyDepth(nint context, int depth);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_cert_verify_callback")]
    public static partial void SetChainCallback(nint context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_client_hello_cb")]
    public static partial void SetHelloCallback(nint context, delegate* unmanaged<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_alpn_select_cb")]
    public static partial void SetAlpnCallback(nint context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_certificate")]
    public static partial int UseCertificate(nint context, nint certificate);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_PrivateKey")]
    public static partial int UseKey(nint context, nint key);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_get_cert_store")]
    public static partial nint StoreOf(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_client_hello_get0_ext")]
    public static partial int HelloExtension(nint ssl, uint type, byte** content, nuint* length);

    [LibraryImport(Ssl, EntryPoint = "SSL_new")]
    public static partial nint New(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_free")]
    public static partial void Free(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_bio")]
    public static partial void SetBio(nint ssl, nint read, nint write);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_accept_state")]
    public static partial void BeServer(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_connect_state")]
    public static partial void BeClient(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_alpn_protos")]
    public static partial int SetAlpn(nint ssl, byte* protocols, uint length);

    [LibraryImport(Ssl, EntryPoint = "SSL_get0_alpn_selected")]
    public static partial void AlpnOf(nint ssl, byte** name, uint* length);

    [LibraryImport(Ssl, EntryPoint = "SSL_do_handshake")]
    public static partial int Handshake(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* bytes, int count);

    [LibraryImport(Ssl, EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* bytes, int count);

    [LibraryImport(Ssl, EntryPoint = "SSL_has_pending")]
    [SuppressGCTransition]
    public static partial int HasPending(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_error")]
    public static partial int ErrorOf(nint ssl, int result);

    [LibraryImport(Ssl, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_key_update")]
    public static partial int UpdateKey(nint ssl, int kind);

    [LibraryImport(Crypto, EntryPoint = "d2i_X509")]
    public static partial nint ReadCertificate(nint reuse, byte** bytes, nint length);

    [LibraryImport(Crypto, EntryPoint = "X509_free")]
    public static partial void FreeCertificate(nint certificate);

    [LibraryImport(Crypto, EntryPoint = "d2i_AutoPrivateKey")]
    public static partial nint ReadKey(nint reuse, byte** bytes, nint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_free")]
    public static partial void FreeKey(nint key);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_add_cert")]
    public static partial int AddToStore(nint store, nint certificate);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_set_flags")]
    public static partial int SetStoreFlags(nint store, uint flags);

    [LibraryImport(Crypto, EntryPoint = "X509_verify_cert")]
    public static partial int VerifyChain(nint verification);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get_error")]
    public static partial int VerifyErrorOf(nint verification);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_set_error")]
    public static partial void SetVerifyError(nint verification, int error);

    [LibraryImport(Crypto, EntryPoint = "X509_verify_cert_error_string")]
    public static partial nint VerifyErrorText(nint error);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get0_cert")]
    public static partial nint CertificateOf(nint verification);

    [LibraryImport(Crypto, EntryPoint = "X509_get_extension_flags")]
    public static partial uint ExtensionFlags(nint certificate);

    [LibraryImport(Crypto, EntryPoint = "X509_get_key_usage")]
    public static partial uint KeyUsage(nint certificate);

    [LibraryImport(Crypto, EntryPoint = "X509_get_ext_by_NID")]
    public static partial int FindExtension(nint certificate, int kind, int after);

    [LibraryImport(Crypto, EntryPoint = "X509_get_ext")]
    public static partial nint Extension(nint certificate, int index);

    [LibraryImport(Crypto, EntryPoint = "X509_EXTENSION_get_data")]
    public static partial nint ContentOf(nint extension);

    [LibraryImport(Crypto, EntryPoint = "ASN1_STRING_get0_data")]
    public static partial byte* BytesOf(nint text);

    [LibraryImport(Crypto, EntryPoint = "ASN1_STRING_length")]
    public static partial int LengthOf(nint text);

    [LibraryImport(Crypto, EntryPoint = "BIO_get_new_index")]
    public static partial int NewBioIndex();

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewBioMethod(int type, string name);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_read")]
    public static partial int SetBioRead(nint method, delegate* unmanaged<nint, byte*, int, int> read);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_write")]
    public static partial int SetBioWrite(nint method, delegate* unmanaged<nint, byte*, int, int> write);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_ctrl")]
    public static partial int SetBioControl(nint method, delegate* unmanaged<nint, int, nint, nint, nint> control);

    [LibraryImport(Crypto, EntryPoint = "BIO_new")]
    public static partial nint NewBio(nint method);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_init")]
    public static partial void SetBioInit(nint bio, int isReady);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_flags")]
    public static partial void SetBioFlags(nint bio, int flags);
}
