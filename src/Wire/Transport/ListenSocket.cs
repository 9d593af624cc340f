using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transport;

/// <summary>The socket of a listener, the same for every loop.</summary>
internal static class ListenSocket
{
    /// <summary>What waits while a loop is busy, or descriptors are short.</summary>
    private const int Backlog = 4096;

    /// <summary>A caller by IPv4 to a socket of both families, as IPv4: as people write it, and as other listeners have it.</summary>
    public static IPAddress Plain(IPAddress caller) => caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller;

    /// <summary>Bound and listening. <c>[::]</c> takes IPv4 as well, as everybody expects of "any address".</summary>
    /// <exception cref="SocketException">The address is taken, or not ours.</exception>
    public static Socket Open(IPEndPoint local)
    {
        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(local);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
