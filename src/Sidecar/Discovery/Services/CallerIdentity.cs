namespace Mesh.Sidecar.Discovery.Services;

/// <summary>Whose calls a sidecar makes.</summary>
/// <param name="Service">Beside it; empty if it does not say.</param>
/// <param name="Version">That it runs; empty if it does not say.</param>
internal sealed record CallerIdentity(string Service, string Version);
