using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Trust;

/// <summary>Who gets a certificate, of whom, and who does not.</summary>
public sealed class JoiningTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(Make.Undamped);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task A_token_gives_a_certificate_of_its_service_that_the_bundle_believes()
    {
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        var joined = await joiner.JoinAsync(await TokenAsync("orders"));

        Assert.Equal("mesh.local", joined.Bundle.TrustDomain);
        Assert.True(joiner.IsBelievedBy(joined.Bundle, _plane.Time.GetUtcNow()));
        Assert.False(joiner.IsBelievedBy(joined.Bundle, _plane.Time.GetUtcNow().AddHours(25)));
        var certificate = joiner.Certificate;
        Assert.Equal("", certificate.Subject);
        Assert.Equal(_plane.Time.GetUtcNow().AddHours(24).UtcDateTime, certificate.NotAfter.ToUniversalTime(), TimeSpan.FromSeconds(1));
        Assert.Contains("spiffe://mesh.local/service/orders", Encoding.ASCII.GetString(certificate.Extensions["2.5.29.17"]!.RawData), StringComparison.Ordinal);
        var held = Assert.Single((await _plane.Trust.ListCertificatesAsync(new())).Identities);
        Assert.Equal(("spiffe://mesh.local/service/orders", "orders-1", joined.Bundle.IssuingAnchor), (held.Id, held.InstanceId, held.Anchor));
        Assert.Equal(certificate.SerialNumber.ToLowerInvariant(), held.Serial);
    }

    [Fact]
    public async Task A_token_counts_its_uses_and_ends_with_the_last()
    {
        var token = await TokenAsync("orders", uses: 2);
        foreach (var instance in new[] { "orders-1", "orders-2" })
        {
            using var joiner = new Joiner(_plane.Identity, "orders", instance);
            await joiner.JoinAsync(token);
        }

        await RefusedAsync("orders", "orders-3", token);
        Assert.Empty((await _plane.Trust.ListTokensAsync(new())).Tokens);
    }

    [Fact]
    public async Task Of_many_who_use_a_token_at_once_as_many_get_in_as_it_has_uses()
    {
        var token = await TokenAsync("orders", uses: 3);
        var joins = Enumerable.Range(0, 10).Select(async i =>
        {
            using var joiner = new Joiner(_plane.Identity, "orders", $"orders-{i}");
            return await Record.ExceptionAsync(() => joiner.JoinAsync(token)) is null;
        });
        Assert.Equal(3, (await Task.WhenAll(joins)).Count(isIn => isIn));
    }

    [Fact]
    public async Task No_token_but_a_valid_one_of_the_service_lets_in_and_all_refusals_read_alike()
    {
        var token = await TokenAsync("orders");
        var revoked = await _plane.Trust.CreateTokenAsync(new() { Service = "orders" });
        await _plane.Trust.RevokeTokenAsync(new() { Id = revoked.Kept.Id });
        var brief = await _plane.Trust.CreateTokenAsync(new() { Service = "orders", Ttl = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) });
        _plane.Time.Advance(TimeSpan.FromSeconds(5));

        string[] details =
        [
            await RefusedAsync("payments", "payments-1", token),
            await RefusedAsync("orders", "orders-1", revoked.Token),
            await RefusedAsync("orders", "orders-1", brief.Token),
            await RefusedAsync("orders", "orders-1", token[..^1] + (token[^1] == 'A' ? 'B' : 'A')),
            await RefusedAsync("orders", "orders-1", "mesh-join.x.y"),
            await RefusedAsync("orders", "orders-1", ""),
        ];
        Assert.Single(details.Distinct());
        Assert.Empty((await _plane.Trust.ListCertificatesAsync(new())).Identities);
    }

    [Fact]
    public async Task A_token_is_nowhere_but_in_the_answer()
    {
        var made = await _plane.Trust.CreateTokenAsync(new() { Service = "orders", Uses = 3, Author = "ada@laptop" });
        var kept = Assert.Single((await _plane.Trust.ListTokensAsync(new())).Tokens);
        Assert.Equal((made.Kept.Id, "orders", 3, "ada@laptop"), (kept.Id, kept.Service, kept.UsesLeft, kept.Author));
        Assert.DoesNotContain(made.Token.Split('.')[2], kept.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_gives_the_next_one_to_its_own_service_and_instance()
    {
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        await joiner.JoinAsync(await TokenAsync("orders"));
        var first = joiner.Certificate.SerialNumber;
        _plane.Time.Advance(TimeSpan.FromHours(13));
        var renewed = await joiner.RenewAsync();

        Assert.NotEqual(first, joiner.Certificate.SerialNumber);
        Assert.True(joiner.IsBelievedBy(renewed.Bundle, _plane.Time.GetUtcNow().AddHours(20)));
        await UnauthenticatedAsync(() => joiner.RenewAsync(request => request.Service = "payments"));
        await UnauthenticatedAsync(() => joiner.RenewAsync(request => request.InstanceId = "orders-2"));
        await joiner.RenewAsync();
    }

    [Fact]
    public async Task What_was_signed_for_one_key_is_of_no_use_for_another()
    {
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        await joiner.JoinAsync(await TokenAsync("orders"));
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stolen = ByteString.CopyFrom(new CertificateRequest("CN=x", thief, HashAlgorithmName.SHA256).CreateSigningRequest());
        await UnauthenticatedAsync(() => joiner.RenewAsync(request => request.CertificateRequest = stolen));
    }

    [Fact]
    public async Task A_certificate_that_has_expired_gives_no_other()
    {
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        await joiner.JoinAsync(await TokenAsync("orders"));
        _plane.Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(2));
        await UnauthenticatedAsync(() => joiner.RenewAsync());
        await joiner.JoinAsync(await TokenAsync("orders"));
    }

    [Fact]
    public async Task Who_is_revoked_is_denied_in_the_bundle_and_gets_no_other()
    {
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        await joiner.JoinAsync(await TokenAsync("orders"));
        await joiner.RenewAsync();
        Assert.Equal(2, (await _plane.Trust.RevokeCertificatesAsync(new() { Service = "orders", InstanceId = "orders-1" })).Denied);

        Assert.True(Assert.Single((await _plane.Trust.ListCertificatesAsync(new() { Service = "orders" })).Identities).Denied);
        await UnauthenticatedAsync(() => joiner.RenewAsync());
        var token = await TokenAsync("orders", uses: 2);
        await RefusedAsync("orders", "orders-1", token);
        using var other = new Joiner(_plane.Identity, "orders", "orders-2");
        var bundle = (await other.JoinAsync(token)).Bundle;
        Assert.Equal(2, bundle.Denied.Count);
        Assert.Contains(bundle.Denied, denied => string.Equals(denied.Serial, joiner.Certificate.SerialNumber, StringComparison.OrdinalIgnoreCase) && denied.Sidecar == "orders/orders-1");
    }

    [Fact]
    public async Task Nobody_is_revoked_who_has_nothing()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Trust.RevokeCertificatesAsync(new() { Service = "orders", InstanceId = "orders-1" }));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task A_request_that_is_none_is_told_what_is_wrong_and_costs_no_use()
    {
        var token = await TokenAsync("orders");
        using var rsa = RSA.Create(2048);
        var weak = ByteString.CopyFrom(new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest());
        foreach (var (change, place) in new (Action<JoinRequest>, string)[]
        {
            (request => request.CertificateRequest = ByteString.CopyFromUtf8("nothing of the kind"), "certificate_request"),
            (request => request.CertificateRequest = weak, "certificate_request"),
            (request => request.CertificateRequest = ByteString.CopyFrom(new byte[5000]), "certificate_request"),
            (request => request.Service = "Not A Name", "service"),
            (request => request.Service = "mesh", "service"),
            (request => request.InstanceId = "", "instance_id"),
            (request => request.InstanceId = "a\nb", "instance_id"),
            (request => request.ClearProof(), "proof"),
            (request => request.Held = new HeldCertificate(), "held.chain"),
            (request => request.Token = new string('x', 10_000), "token"),
        })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new JoinRequest
            {
                Service = "orders",
                InstanceId = "orders-1",
                Token = token,
                CertificateRequest = ByteString.CopyFrom(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest()),
            };
            change(request);
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Identity.JoinAsync(request));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.StartsWith(place, refused.Status.Detail, StringComparison.Ordinal);
        }

        using var joiner = new Joiner(_plane.Identity, "orders", "orders-1");
        await joiner.JoinAsync(token);
    }

    private async Task<string> TokenAsync(string service, int uses = 1) =>
        (await _plane.Trust.CreateTokenAsync(new() { Service = service, Uses = uses, Ttl = Duration.FromTimeSpan(TimeSpan.FromDays(2)) })).Token;

    private async Task<string> RefusedAsync(string service, string instance, string token)
    {
        using var joiner = new Joiner(_plane.Identity, service, instance);
        return await UnauthenticatedAsync(() => joiner.JoinAsync(token));
    }

    private static async Task<string> UnauthenticatedAsync(Func<Task> join)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(join);
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        return refused.Status.Detail;
    }
}
