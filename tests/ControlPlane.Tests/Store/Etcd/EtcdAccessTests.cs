using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Etcd;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>Certificates and logins.</summary>
public sealed class EtcdAccessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-etcd-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [EtcdFact]
    public async Task With_the_right_certificates_it_works_and_with_others_one_line_says_what_is_wrong()
    {
        using var ca = Authority("ca");
        using var foreign = Authority("foreign");
        Issue(ca, "server");
        Issue(ca, "client");
        await using var etcd = await EtcdCluster.StartAsync(
            1, "https", "--cert-file", PathOf("server.pem"), "--key-file", PathOf("server.key"), "--client-cert-auth", "--trusted-ca-file", PathOf("ca.pem"));

        await using var right = Open(etcd, options => options with { CaFile = PathOf("ca.pem"), CertFile = PathOf("client.pem"), KeyFile = PathOf("client.key") });
        Assert.True((await right.MakeAsync(Batch.Of([], [new("a", [1])]))).IsApplied);

        await using var noCertificate = Open(etcd, options => options with { CaFile = PathOf("ca.pem") });
        Assert.Contains("TLS refused; look at --etcd-ca, and is a client certificate needed (--etcd-cert)?", await RefusedAsync(noCertificate), StringComparison.Ordinal);
        await using var wrongAuthority = Open(etcd, options => options with { CaFile = PathOf("foreign.pem"), CertFile = PathOf("client.pem"), KeyFile = PathOf("client.key") });
        Assert.Contains("TLS refused; look at --etcd-ca", await RefusedAsync(wrongAuthority), StringComparison.Ordinal);
        var missing = Assert.Throws<StoreException>(() => Open(etcd, options => options with { CaFile = PathOf("nowhere.pem") }));
        Assert.StartsWith($"--etcd-ca: {PathOf("nowhere.pem")}: ", missing.Message, StringComparison.Ordinal);
    }

    [EtcdFact]
    public async Task It_logs_in_again_when_its_token_is_not_good_any_more_and_says_when_the_password_is_wrong()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await etcd.ControlAsync("user", "add", "root:secret");
        await etcd.ControlAsync("user", "grant-role", "root", "root");
        await etcd.ControlAsync("auth", "enable");
        await File.WriteAllTextAsync(PathOf("password"), "secret\n");
        await using var store = Open(etcd, options => options with { User = "root", PasswordFile = PathOf("password") });
        var snapshot = await store.LoadAsync(default);
        var told = 0L;
        using var watch = store.Watch(snapshot.StoreId, snapshot.Revision, what => Interlocked.Exchange(ref told, what is StoreEvent.Made made ? made.Revisions[^1].Revision : told));
        Assert.True((await store.MakeAsync(Batch.Of([], [new("a", [1])]))).IsApplied);

        // Tokens of this kind are in a member's memory.
        etcd.Kill(0);
        etcd.Start(0);
        await etcd.ReadyAsync();
        var made = await store.MakeAsync(Batch.Of([], [new("b", [1])]));
        Assert.True(made.IsApplied);
        await Bound.UntilAsync(() => Interlocked.Read(ref told) >= made.Revision);
        await using var nobody = Open(etcd, options => options);
        Assert.EndsWith("etcd wants a login: give --etcd-user and --etcd-password-file", await RefusedAsync(nobody), StringComparison.Ordinal);
        await File.WriteAllTextAsync(PathOf("wrong"), "guess");
        await using var wrong = Open(etcd, options => options with { User = "root", PasswordFile = PathOf("wrong") });
        Assert.Contains("etcd refuses the login (etcdserver: authentication failed, invalid user ID or password): look at --etcd-user and --etcd-password-file", await RefusedAsync(wrong), StringComparison.Ordinal);
    }

    private static EtcdStore Open(EtcdCluster etcd, Func<EtcdOptions, EtcdOptions> more) => EtcdFixture.Open(etcd, more: more);

    private static async Task<string> RefusedAsync(EtcdStore store) => (await Assert.ThrowsAsync<StoreException>(() => store.LoadAsync(default))).Message;

    private string PathOf(string file) => Path.Combine(_folder, file);

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf($"{name}.pem"), certificate.ExportCertificatePem());
        return certificate;
    }

    private void Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
