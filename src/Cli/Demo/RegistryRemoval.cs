namespace Mesh.Cli.Demo;

/// <summary>An instance that left the registry.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Id">Its id.</param>
/// <param name="Reason">Why, in the registry's words.</param>
/// <param name="Timestamp">When, as <see cref="TimeProvider.GetTimestamp"/> counts.</param>
internal sealed record RegistryRemoval(string Service, string Id, string Reason, long Timestamp);
