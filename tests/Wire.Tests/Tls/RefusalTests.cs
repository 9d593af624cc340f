using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using static Mesh.TestAuthority;

namespace Mesh.Wire.Tests.Tls;

/// <summary>Who is not served: each is told by the right alert (RFC 8446 section 6.2), and counted by why.</summary>
public sealed class RefusalTests
{
    private const string Orders = "spiffe://mesh.test/service/orders";

    private static readonly TestAuthority Stranger = new("stranger");

    public static TheoryData<string, HandshakeResult, string> Certificates => new()
    {
        { "expired", HandshakeResult.CertificateExpired, "certificate expired" },
        { "not yet valid", HandshakeResult.CertificateNotYetValid, "certificate expired" },
        { "of a stranger", HandshakeResult.CertificateAuthorityInvalid, "unknown ca" },
        { "signed by itself", HandshakeResult.CertificateAuthorityInvalid, "unknown ca" },
        { "for servers only", HandshakeResult.CertificateVerificationFailed, "unsupported certificate" },
        { "for mail only", HandshakeResult.CertificateVerificationFailed, "unsupported certificate" },
        { "without a name", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "with DNS names alone", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "with two names", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "with a NUL in its name", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "with another URI", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "of another trust domain", HandshakeResult.CertificateHostnameMismatch, "bad certificate" },
        { "that is an authority's", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "that may sign", HandshakeResult.CertificateVerificationFailed, "bad certificate" },
        { "with a long chain", HandshakeResult.CertificateAuthorityInvalid, "unknown ca" },
        { "with more names than fit", HandshakeResult.UnexpectedMessage, "illegal parameter" },
    };

    [OpenSslTheory]
    [MemberData(nameof(Certificates))]
    public void A_certificate_that_proves_nothing_is_refused(string which, HandshakeResult result, string alert)
    {
        var pair = new TlsPair();
        var client = new ForeignClient(pair).Shake(ForeignClient.Options(Leaf(which)));
        AssertRefused(pair, client, result, alert);
    }

    [Theory]
    [MemberData(nameof(Certificates))]
    public void SslStream_refuses_the_same(string which, HandshakeResult result, string alert)
    {
        if (which is "with a long chain" or "with more names than fit")
        {
            return; // how much it reads is the library's to say
        }

        var pair = new TlsPair(managed: true);
        _ = new ForeignClient(pair).Shake(ForeignClient.Options(Leaf(which)));
        Assert.Equal(1, pair.ServerCounters[result]);
        Assert.Null(pair.Server);
        Assert.NotEmpty(alert);
    }

    [OpenSslFact]
    public void Whoever_is_in_order_is_served_through_intermediates_as_well()
    {
        using var intermediate = new TestAuthority("intermediate", TlsPair.Authority);
        foreach (var leaf in new[]
        {
            TlsPair.Authority.Issue("orders"), TlsPair.Authority.Issue("orders", leaf: new TestLeaf { Uses = null }), TlsPair.Authority.Issue(new TestLeaf { Names = [Orders], MoreDnsNames = 3 }),
            With(intermediate.Issue("orders"), intermediate.Pem),
        })
        {
            var pair = new TlsPair();
            var client = new ForeignClient(pair).Shake(ForeignClient.Options(leaf));
            Assert.Equal("", client.Failure);
            client.Say("hello"u8);
            Assert.Equal(Orders, pair.Server?.PeerIdentity?.Text);
            Assert.Equal("hello", pair.ServerApp.Text);
        }
    }

    [OpenSslFact]
    public void An_anchor_need_not_be_signed_by_itself()
    {
        using var intermediate = new TestAuthority("intermediate", Stranger);
        foreach (var managed in new[] { false, true })
        {
            var server = TlsPair.IdentityOf(intermediate.Issue("users"), intermediate.Pem);
            var pair = new TlsPair(managed, server, TlsPair.IdentityOf(intermediate.Issue("orders"), intermediate.Pem)).Connect();
            Assert.Equal(Orders, pair.Server?.PeerIdentity?.Text);
        }
    }

    [OpenSslFact]
    public void A_thousand_certificates_are_refused_unread()
    {
        var pair = new TlsPair(client: TlsPair.IdentityOf(With(TlsPair.Authority.Issue("orders"), Thousand()))).Connect();
        Assert.Equal(1, pair.ServerCounters[HandshakeResult.UnexpectedMessage]);
        Assert.Equal("TLS: it says: illegal_parameter", pair.Client.Failure);
    }

    [OpenSslFact]
    public void No_certificate_is_refused()
    {
        var pair = new TlsPair();
        AssertRefused(pair, new ForeignClient(pair).Shake(ForeignClient.Options(null)), HandshakeResult.CertificateVerificationFailed, "certificate required");
    }

    [OpenSslFact]
    public void Who_names_no_protocol_or_another_is_refused()
    {
        foreach (var protocols in new List<SslApplicationProtocol>?[] { null, [new SslApplicationProtocol("spdy/3")] })
        {
            var pair = new TlsPair();
            var options = ForeignClient.Options(TlsPair.Authority.Issue("orders"));
            options.ApplicationProtocols = protocols;
            AssertRefused(pair, new ForeignClient(pair).Shake(options), HandshakeResult.NoApplicationProtocol, "no application protocol");
        }
    }

    [OpenSslFact]
    public void TLS_1_2_is_refused()
    {
        var pair = new TlsPair();
        var options = ForeignClient.Options(TlsPair.Authority.Issue("orders"));
        options.EnabledSslProtocols = SslProtocols.Tls12;
        AssertRefused(pair, new ForeignClient(pair).Shake(options), HandshakeResult.ProtocolVersionUnsupported, "protocol version");
    }

    [Theory]
    [MemberData(nameof(TlsChannelTests.Libraries), MemberType = typeof(TlsChannelTests))]
    public void A_client_goes_on_with_nobody_but_whom_it_looks_for(bool managed)
    {
        Assert.True(SpiffeId.TryParse("spiffe://mesh.test/service/payments", out var payments));
        foreach (var rule in new[] { PeerRule.Of(payments), new PeerRule("mesh.elsewhere") })
        {
            var pair = new TlsPair(managed, clientsRule: rule).Connect();
            Assert.Equal(["ConnectFailed"], pair.ClientApp.Events);
            Assert.Contains($"it is spiffe://mesh.test/service/users, expected is {rule.Expected}", pair.Client.Failure, StringComparison.Ordinal);
            Assert.Equal(1, pair.ClientCounters[HandshakeResult.CertificateHostnameMismatch]);
            if (!managed) // SslStream looks at the certificate once it has finished
            {
                Assert.Null(pair.Server);
                Assert.Equal(1, pair.ServerCounters[HandshakeResult.RefusedByPeer]);
            }
        }
    }

    [OpenSslFact]
    public void A_client_that_is_refused_learns_why_and_had_no_connection()
    {
        var pair = new TlsPair(client: TlsPair.IdentityOf(new TestLeaf { From = Now.AddDays(-3), Until = Now.AddDays(-2) })).Connect();
        Assert.Equal(["connected", "ConnectFailed"], pair.ClientApp.Events); // in TLS 1.3 it is through before it is judged
        Assert.Equal("TLS: it says: certificate_expired", pair.Client.Failure);
        Assert.Equal(1, pair.ServerCounters[HandshakeResult.CertificateExpired]);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    [OpenSslTheory]
    [InlineData("garbage", HandshakeResult.UnexpectedMessage)]
    [InlineData("a record too large", HandshakeResult.UnexpectedMessage)]
    [InlineData("empty records", HandshakeResult.UnexpectedMessage)]
    [InlineData("data before a handshake", HandshakeResult.UnexpectedMessage)]
    [InlineData("a hello that is cut off", HandshakeResult.PeerConnectionClosed)]
    public void What_is_no_handshake_is_given_up(string what, HandshakeResult result)
    {
        var pair = new TlsPair();
        var end = new MemoryChannel(pair.Loop);
        pair.Listen(end);
        end.Receive(Bytes(what, pair));
        pair.Run();
        if (result == HandshakeResult.PeerConnectionClosed)
        {
            end.End(ChannelEnd.EndOfStream);
        }

        pair.Run();
        Assert.Equal(1, pair.ServerCounters[result]);
        Assert.Equal(0, pair.Gate.UnderWay);
        Assert.True(end.IsShutdown || end.IsClosed);
        var written = end.TakeWritten();
        if (result != HandshakeResult.PeerConnectionClosed)
        {
            Assert.Equal((21, 2), (written[^7], written[^2])); // a fatal alert
        }

        pair.Pass(TimeSpan.FromSeconds(2));
        Assert.True(end.IsClosed);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    private static void AssertRefused(TlsPair pair, ForeignClient client, HandshakeResult result, string alert)
    {
        Assert.Equal(
            $"{result} 1",
            string.Join(", ", HandshakeCounters.All.Where(r => pair.ServerCounters[r] > 0).Select(r => $"{r} {pair.ServerCounters[r]}")));
        Assert.Contains(alert, client.Failure, StringComparison.Ordinal);
        Assert.Null(pair.Server);
        Assert.Equal(0, pair.Gate.UnderWay);
        Assert.True(client.End.IsShutdown);
        pair.Pass(TimeSpan.FromSeconds(2));
        Assert.True(client.End.IsClosed);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    private static (string Certificate, string Key) Leaf(string which)
    {
        var mesh = TlsPair.Authority;
        switch (which)
        {
            case "of a stranger":
                return Stranger.Issue("orders");
            case "with a long chain":
                var pem = "";
                var issuer = mesh;
                for (var i = 0; i < 7; i++)
                {
                    issuer = new TestAuthority($"intermediate {i}", issuer);
                    pem = issuer.Pem + pem;
                }

                return With(issuer.Issue("orders"), pem);
        }

        return mesh.Issue(which switch
        {
            "expired" => new TestLeaf { Names = [Orders], From = Now.AddDays(-3), Until = Now.AddDays(-2) },
            "not yet valid" => new TestLeaf { Names = [Orders], From = Now.AddDays(2), Until = Now.AddDays(3) },
            "signed by itself" => new TestLeaf { Names = [Orders], IsSelfSigned = true },
            "for servers only" => TestLeaf.ForServersOnly with { Names = [Orders] },
            "for mail only" => TestLeaf.ForMailOnly with { Names = [Orders] },
            "without a name" => new TestLeaf(),
            "with DNS names alone" => new TestLeaf { Names = ["DNS:"], MoreDnsNames = 2 },
            "with two names" => new TestLeaf { Names = [Orders, "spiffe://mesh.test/service/payments"] },
            "with a NUL in its name" => new TestLeaf { Names = [$"{Orders}\0.elsewhere"] },
            "with another URI" => new TestLeaf { Names = ["https://mesh.test/service/orders"] },
            "of another trust domain" => new TestLeaf { Names = ["spiffe://mesh.elsewhere/service/orders"] },
            "that is an authority's" => new TestLeaf { Names = [Orders], IsAuthority = true },
            "that may sign" => new TestLeaf { Names = [Orders], MoreUsage = X509KeyUsageFlags.KeyCertSign },
            "with more names than fit" => new TestLeaf { Names = [Orders], MoreDnsNames = 2000 },
            _ => throw new ArgumentOutOfRangeException(nameof(which), which, null),
        });
    }

    private static (string Certificate, string Key) With((string Certificate, string Key) leaf, string chain) => (leaf.Certificate + chain, leaf.Key);

    private static string Thousand() => string.Concat(Enumerable.Repeat(Stranger.Pem, 1000));

    private static byte[] Bytes(string what, TlsPair pair) => what switch
    {
        "garbage" => [0x16, 3, 1, 0, 50, .. Enumerable.Repeat((byte)0xab, 50)],
        "a record too large" => [0x16, 3, 1, 0xff, 0xff, .. new byte[40_000]],
        "empty records" => [.. Enumerable.Repeat(new byte[] { 0x16, 3, 1, 0, 0 }, 100).SelectMany(record => record)],
        "data before a handshake" => [0x16, 3, 1, 0, 1, 1, 23, 3, 3, 0, 5, 1, 2, 3, 4, 5],
        _ => new ForeignClient(pair).Hello(ForeignClient.Options(null))[..50],
    };
}
