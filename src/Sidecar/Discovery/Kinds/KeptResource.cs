namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// A resource that stays in force although the control plane does not know it: it was learnt from one that knew more, and has
/// not been deleted.
/// </summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Version">Of what stays.</param>
internal sealed record KeptResource(string Service, string Kind, long Version);
