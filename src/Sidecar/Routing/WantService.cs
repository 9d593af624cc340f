namespace Mesh.Sidecar.Routing;

/// <summary>Asks for word of a service that nothing is known of.</summary>
/// <param name="name">In lower case, in UTF-8.</param>
/// <returns>False if nobody could give it.</returns>
internal delegate bool WantService(ReadOnlySpan<byte> name);
