namespace Mesh.Bench.Load.Proxies;

/// <summary>The one identity that both of two in a row have, in files, where the way between them goes by mutual TLS.</summary>
/// <param name="Certificate">In PEM.</param>
/// <param name="Key">In PEM.</param>
/// <param name="Both">The two in one file, as haproxy wants them.</param>
/// <param name="Anchors">Who is trusted.</param>
internal sealed record BenchIdentity(string Certificate, string Key, string Both, string Anchors)
{
    /// <summary>What the sidecar looks for.</summary>
    public const string Id = "spiffe://bench.local/service/echo";

    /// <summary>What the others look for.</summary>
    public const string HostName = "name-0.example";

    /// <summary>Writes a new one.</summary>
    public static BenchIdentity Write(string folder)
    {
        using var authority = new TestAuthority("bench");
        var (certificate, key) = authority.Issue(new TestAuthority.TestLeaf { Names = [Id], MoreDnsNames = 1 });
        string path(string name, string text)
        {
            var file = Path.Combine(folder, name);
            File.WriteAllText(file, text);
            return file;
        }

        return new BenchIdentity(path("tls.pem", certificate), path("tls.key", key), path("tls-both.pem", $"{certificate}{key}\n"), path("tls-ca.pem", authority.Pem));
    }
}
