namespace Mesh.Sidecar.Options;

/// <summary>Where an identity is that somebody else renews.</summary>
/// <param name="Certificate">The certificate and those that lead to an anchor.</param>
/// <param name="Key">Its key.</param>
/// <param name="Anchors">Whom we believe.</param>
internal sealed record TlsFiles(string Certificate, string Key, string Anchors);
