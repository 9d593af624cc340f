using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Buffers;
using Mesh.Wire.Tls.Managed;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Tls;

/// <summary>A client of somebody else's (SslStream), which shows whatever certificate it is given and asks for what it likes.</summary>
internal sealed class ForeignClient
{
    private readonly TlsPair _pair;
    private readonly SessionStream _network = new();
    private readonly SslStream _stream;
    private readonly ByteQueue _output;

    public ForeignClient(TlsPair pair)
    {
        _pair = pair;
        _output = new ByteQueue(pair.Loop.Segments);
        _network.Output = _output;
        _stream = new SslStream(_network, leaveInnerStreamOpen: true);
        End = new MemoryChannel(pair.Loop);
        pair.Listen(End);
    }

    /// <summary>The server's end of the pipe.</summary>
    public MemoryChannel End { get; }

    /// <summary>What its library says of its end, which names the alert; empty while all is well.</summary>
    public string Failure { get; private set; } = "";

    public static SslClientAuthenticationOptions Options((string Certificate, string Key)? leaf) => new()
    {
        TargetHost = "",
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        AllowTlsResume = false,
        ClientCertificateContext = leaf is { } own ? ContextOf(own) : null,
        RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
    };

    /// <summary>Shakes hands, and listens to what comes then: in TLS 1.3 a client is through before it is judged.</summary>
    public ForeignClient Shake(SslClientAuthenticationOptions options)
    {
        _ = ListenAsync(options);
        Run();
        return this;
    }

    /// <summary>Its first bytes, which nobody has sent yet.</summary>
    public byte[] Hello(SslClientAuthenticationOptions options)
    {
        _ = ListenAsync(options);
        return TakeOutput();
    }

    public void Say(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        Run();
    }

    public void Run()
    {
        for (var turns = 0; turns < 1000; turns++)
        {
            var said = TakeOutput();
            End.Receive(said);
            _pair.Run();
            var heard = End.TakeWritten();
            _network.HandIn(heard);
            if (said.Length == 0 && heard.Length == 0)
            {
                return;
            }
        }
    }

    private byte[] TakeOutput()
    {
        var bytes = new byte[_output.Length];
        _output.CopyTo(0, bytes);
        _output.Clear();
        return bytes;
    }

    private static SslStreamCertificateContext ContextOf((string Certificate, string Key) leaf)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(leaf.Certificate);
        using var own = X509Certificate2.CreateFromPem(leaf.Certificate, leaf.Key);
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null), [.. chain.Skip(1)], offline: true);
    }

    private async Task ListenAsync(SslClientAuthenticationOptions options)
    {
        try
        {
            await _stream.AuthenticateAsClientAsync(options).ConfigureAwait(false);
            while (await _stream.ReadAsync(new byte[1000]).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            Failure = e.ToString();
        }
    }
}
