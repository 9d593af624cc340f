using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// Which listener a connection of HTTP/1.1 came over, as far as its requests need to know: where they go.
/// </summary>
/// <param name="Fixed">The key of the one service; null where the Host header names it.</param>
/// <param name="LocalApp">The app beside us, on the inbound side; null on the outbound side.</param>
internal sealed record Http1Entry(byte[]? Fixed, Cluster? LocalApp);
