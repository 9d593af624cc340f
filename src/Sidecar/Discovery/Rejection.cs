namespace Mesh.Sidecar.Discovery;

/// <summary>A resource that was not applied; the last good one, or the default, holds.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Kind">"endpoints" or "policy".</param>
/// <param name="Version">Of what was rejected.</param>
/// <param name="Error">What is wrong with it.</param>
/// <param name="Since">When it came.</param>
internal sealed record Rejection(string Service, string Kind, long Version, string Error, DateTimeOffset Since);
