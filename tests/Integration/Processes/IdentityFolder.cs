namespace Mesh.Integration.Processes;

/// <summary>An authority of a mesh of tests, and the identities it has signed, in files. Dispose removes them.</summary>
public sealed class IdentityFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-identity-");
    private readonly TestAuthority _authority = new();

    public IdentityFolder() => File.WriteAllText(PathOf("ca.pem"), _authority.Pem);

    /// <summary>The anchors of trust.</summary>
    public string Anchors => PathOf("ca.pem");

    /// <summary>A service's certificate. Written anew where there is one: it is renewed.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="life">How long it is valid.</param>
    public (string Certificate, string Key) Issue(string service, TimeSpan? life = null)
    {
        var (certificate, key) = _authority.Issue(service, leaf: new TestAuthority.TestLeaf { Until = TestAuthority.Now + (life ?? TimeSpan.FromDays(1)) });
        File.WriteAllText(PathOf($"{service}.key"), key);
        File.WriteAllText(PathOf($"{service}.pem"), certificate);
        return (PathOf($"{service}.pem"), PathOf($"{service}.key"));
    }

    /// <summary>A service's identity as options of a sidecar.</summary>
    public string[] Options(string service, params string[] more)
    {
        var (certificate, key) = Issue(service);
        return ["--tls-cert", certificate, "--tls-key", key, "--tls-ca", Anchors, .. more];
    }

    public static string IdOf(string service) => $"spiffe://mesh.test/service/{service}";

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
