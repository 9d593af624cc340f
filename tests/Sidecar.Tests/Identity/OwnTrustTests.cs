using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.Sidecar.Identity;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Identity;

/// <summary>What a sidecar takes of what it is told to be and to believe, and how it keeps it.</summary>
public sealed class OwnTrustTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-identity").FullName;
    private readonly FakeTimeProvider _time = new(Now);
    private readonly Anchor _first = new("first");
    private readonly Anchor _second = new("second");

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void A_bundle_holds_once_there_is_an_identity_that_it_believes()
    {
        var own = Joined(version: 5);
        Assert.Null(own.TakeBundle(Bundle(6, _first, _second)));
        Assert.Equal(2, own.Current!.Bundle.Anchors.Count);
        Assert.Equal(2, own.Current.AnchorsPem.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Fact]
    public void What_would_shut_this_sidecar_out_is_refused_and_the_last_good_one_stays()
    {
        var own = Joined(version: 5);
        Assert.Contains("leads to none of them", own.TakeBundle(Bundle(6, _second)), StringComparison.Ordinal);
        Assert.Contains("leads to none of them", own.TakeBundle(Bundle(6)), StringComparison.Ordinal);
        var foreign = Bundle(6, _first);
        foreign.TrustDomain = "elsewhere";
        Assert.Contains("trust_domain", own.TakeBundle(foreign), StringComparison.Ordinal);
        Assert.Equal(5, own.Current!.Bundle.Version);
    }

    [Fact]
    public void An_older_bundle_changes_nothing_whichever_way_it_comes()
    {
        var own = Joined(version: 5);
        Assert.Null(own.TakeBundle(Bundle(4, _first, _second)));
        Assert.Equal(5, own.Current!.Bundle.Version);
        own.TakeBundle(Bundle(9, _first, _second));
        own.Take(Identity(_first), Bundle(7, _first));
        Assert.Equal(9, own.Current!.Bundle.Version);
    }

    [Fact]
    public void A_bundle_that_comes_before_the_answer_to_the_first_question_is_not_lost()
    {
        var own = new OwnTrust(_time);
        Assert.Null(own.TakeBundle(Bundle(7, _first, _second)));
        Assert.Null(own.TakeBundle(Bundle(6, _first)));
        own.Take(Identity(_first), Bundle(5, _first));
        Assert.Equal(7, own.Current!.Bundle.Version);
        var foreign = new OwnTrust(_time);
        foreign.TakeBundle(Bundle(7, _second));
        foreign.Take(Identity(_first), Bundle(5, _first));
        Assert.Equal(5, foreign.Current!.Bundle.Version);
    }

    [Fact]
    public void Whoever_waits_for_a_change_is_told()
    {
        var own = Joined(version: 5);
        var changed = own.Changed;
        own.TakeBundle(Bundle(5, _first));
        Assert.False(changed.IsCompleted);
        own.TakeBundle(Bundle(6, _first));
        Assert.True(changed.IsCompleted);
    }

    [Fact]
    public void A_certificate_of_another_key_is_no_identity()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Null(WorkloadIdentity.Of([_first.Issue(key)], ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKey(), "a", Now));
        Assert.Null(WorkloadIdentity.Of([ByteString.CopyFromUtf8("x")], key.ExportPkcs8PrivateKey(), "a", Now));
        Assert.Null(WorkloadIdentity.Of([], key.ExportPkcs8PrivateKey(), "a", Now));
    }

    [Fact]
    public void On_disk_it_is_its_owners_alone_and_comes_back_whole()
    {
        var own = Joined(version: 5);
        var file = new IdentityFile(_folder);
        Assert.Null(file.Write(own.Current!));
        var path = Path.Combine(_folder, "identity");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        var back = file.Read(out var fault);
        Assert.Null(fault);
        Assert.Equal((own.Current!.Identity.Serial, own.Current.Identity.KeyPem, own.Current.Bundle), (back!.Identity.Serial, back.Identity.KeyPem, back.Bundle));
    }

    [Fact]
    public void What_is_damaged_or_open_to_others_is_not_used()
    {
        var file = new IdentityFile(_folder);
        Assert.Null(file.Read(out var none));
        Assert.Null(none);
        file.Write(Joined(version: 5).Current!);
        var path = Path.Combine(_folder, "identity");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.Null(file.Read(out var open));
            Assert.Contains("chmod 600", open, StringComparison.Ordinal);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..50]);
        Assert.Null(file.Read(out var damaged));
        Assert.Equal("is damaged", damaged);
    }

    private OwnTrust Joined(long version)
    {
        var own = new OwnTrust(_time);
        own.Take(Identity(_first), Bundle(version, _first));
        return own;
    }

    private static WorkloadIdentity Identity(Anchor anchor)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return WorkloadIdentity.Of([anchor.Issue(key)], key.ExportPkcs8PrivateKey(), "first", Now)!;
    }

    private static TrustBundle Bundle(long version, params Anchor[] anchors) =>
        new() { TrustDomain = "mesh.local", Version = version, Anchors = { anchors.Select(anchor => ByteString.CopyFrom(anchor.Certificate.RawData)) } };

    private sealed class Anchor : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public Anchor(string name)
        {
            var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
            Certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(30));
        }

        public X509Certificate2 Certificate { get; }

        public ByteString Issue(ECDsa key)
        {
            var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
            using var leaf = request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Now.AddHours(-1), Now.AddDays(1), [1, 2, 3]);
            return ByteString.CopyFrom(leaf.RawData);
        }

        public void Dispose()
        {
            Certificate.Dispose();
            _key.Dispose();
        }
    }
}
