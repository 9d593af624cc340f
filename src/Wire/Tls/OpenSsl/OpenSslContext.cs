using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>
/// An identity as OpenSSL has it: a context for each role. They live as long as this object, which each of their sessions holds, and are
/// freed by the collector: whoever swaps it for another does not know who is about to begin a session with it.
/// </summary>
internal sealed unsafe class OpenSslContext : TlsContext
{
    /// <summary>AES-128 first, as it costs least where the processor has instructions for it.</summary>
    private const string Suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    private readonly nint _server;
    private readonly nint _client;

    public OpenSslContext(TlsIdentity identity)
        : base(identity)
    {
        _server = Make(LibSsl.ServerMethod());
        _client = Make(LibSsl.ClientMethod());
        LibSsl.SetVerify(_server, LibSsl.VerifyPeer | LibSsl.FailWithoutCertificate, 0);
        LibSsl.SetVerify(_client, LibSsl.VerifyPeer, 0);
        LibSsl.SetHelloCallback(_server, &OnHello, 0);
        LibSsl.SetAlpnCallback(_server, &OnAlpn, 0);
        LibSsl.ClearErrors();
    }

    ~OpenSslContext()
    {
        LibSsl.FreeContext(_server);
        LibSsl.FreeContext(_client);
    }

    internal override TlsSession Accept(PeerRule rule) => new OpenSslSession(this, _server, rule, null);

    internal override TlsSession Connect(PeerRule rule, Protocol protocol) => new OpenSslSession(this, _client, rule, protocol);

    private nint Make(nint method)
    {
        var context = LibSsl.NewContext(method);
        LibSsl.ControlContext(context, LibSsl.ControlMinVersion, LibSsl.Tls13, 0);
        LibSsl.ControlContext(context, LibSsl.ControlMaxVersion, LibSsl.Tls13, 0);
        LibSsl.ControlContext(context, LibSsl.ControlMode, LibSsl.Modes, 0);
        LibSsl.ControlContext(context, LibSsl.ControlReadAhead, 0, 0);
        LibSsl.ControlContext(context, LibSsl.ControlMaxChain, MostChainBytes, 0);
        // Connections live for hours: a ticket costs a third of a handshake, and is hardly ever used.
        LibSsl.ControlContext(context, LibSsl.ControlSessionCache, 0, 0);
        LibSsl.SetOptions(context, LibSsl.NoTicket | LibSsl.NoRenegotiation);
        _ = LibSsl.SetTickets(context, 0);
        Require(LibSsl.SetCipherSuites(context, Suites), TlsIdentityPart.Certificate, "this OpenSSL has none of the cipher suites of TLS 1.3");
        LibSsl.SetVerifyDepth(context, MostIntermediates);
        LibSsl.SetChainCallback(context, &OnChain, 0);
        AddIdentity(context);
        return context;
    }

    private void AddIdentity(nint context)
    {
        using (var leaf = new Certificate(Identity.Certificate.RawData))
        {
            Require(LibSsl.UseCertificate(context, leaf.Pointer), TlsIdentityPart.Certificate, "OpenSSL does not take it: its key or signature is too weak, or of a kind it does not know");
        }

        foreach (var intermediate in Identity.Intermediates)
        {
            using var certificate = new Certificate(intermediate.RawData);
            Require((int)LibSsl.ControlContext(context, LibSsl.ControlAddChain, 1, certificate.Pointer), TlsIdentityPart.Certificate, "OpenSSL does not take one of those that follow the first");
        }

        var store = LibSsl.StoreOf(context);
        _ = LibSsl.SetStoreFlags(store, LibSsl.PartialChain);
        foreach (var anchor in Identity.Anchors)
        {
            using var certificate = new Certificate(anchor.RawData);
            Require(LibSsl.AddToStore(store, certificate.Pointer), TlsIdentityPart.Anchors, "OpenSSL does not take one of its certificates");
        }

        AddKey(context);
    }

    private void AddKey(nint context)
    {
        var bytes = Identity.Key.ExportPkcs8PrivateKey();
        nint key;
        fixed (byte* start = bytes)
        {
            var at = start;
            key = LibSsl.ReadKey(0, &at, bytes.Length);
        }

        CryptographicOperations.ZeroMemory(bytes);
        var isTaken = key != 0 ? LibSsl.UseKey(context, key) : 0;
        LibSsl.FreeKey(key);
        Require(isTaken, TlsIdentityPart.Key, "OpenSSL does not take it: give an EC key of P-256, or an RSA key of 2048 bits or more");
    }

    private static void Require(int result, TlsIdentityPart part, string otherwise)
    {
        LibSsl.ClearErrors();
        if (result <= 0)
        {
            throw new TlsIdentityException(part, otherwise);
        }
    }

    /// <summary>Who names no protocol at all would not be asked for one: RFC 7301 leaves that to us, and so an alert is sent here.</summary>
    [UnmanagedCallersOnly]
    private static int OnHello(nint ssl, int* alert, nint argument)
    {
        byte* content;
        nuint length;
        if (LibSsl.HelloExtension(ssl, LibSsl.AlpnExtension, &content, &length) == 1)
        {
            return 1;
        }

        *alert = LibSsl.AlertNoApplicationProtocol;
        OpenSslSession.Current?.OnNoProtocol();
        return 0;
    }

    /// <summary>HTTP/2 before HTTP/1.1, whichever the client likes better.</summary>
    [UnmanagedCallersOnly]
    private static int OnAlpn(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint offeredLength, nint argument)
    {
        var at = AlpnNames.Find(new ReadOnlySpan<byte>(offered, (int)offeredLength), out var length);
        if (at < 0)
        {
            return LibSsl.AlertFatal;
        }

        *chosen = offered + at;
        *chosenLength = (byte)length;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int OnChain(nint verification, nint argument) => OpenSslSession.Current is { } session ? session.VerifyPeer(verification) : 0;

    /// <summary>OpenSSL's copy of one, for as long as it is handed on.</summary>
    private readonly ref struct Certificate
    {
        public Certificate(byte[] der)
        {
            fixed (byte* start = der)
            {
                var at = start;
                Pointer = LibSsl.ReadCertificate(0, &at, der.Length);
            }
        }

        public nint Pointer { get; }

        public void Dispose() => LibSsl.FreeCertificate(Pointer);
    }
}
