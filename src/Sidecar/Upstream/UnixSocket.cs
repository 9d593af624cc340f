using System.Net.Sockets;
using Mesh.Resources.Files;

namespace Mesh.Sidecar.Upstream;

/// <summary>Where an app listens that is reached over a Unix socket: <c>unix:/PATH</c>.</summary>
internal static class UnixSocket
{
    /// <summary>Null if the address is of another form, or no system takes the path: <see cref="AppAddress"/> says why.</summary>
    public static UnixDomainSocketEndPoint? TryParse(string address) => AppAddress.TryGetSocketPath(address, out var path) ? new UnixDomainSocketEndPoint(path) : null;

    /// <summary>Why a connection to it has not come about, by what is there now.</summary>
    public static string WhyNotReached(UnixDomainSocketEndPoint socket) =>
        FileKind.WhyNoSocket(socket.ToString()) ?? "its socket takes no connection of ours";
}
