using System.Net;
using System.Net.Sockets;

namespace Mesh.Hosting;

/// <summary>The loopback address of machines that have no 127.0.0.1, such as a network namespace of IPv6 alone.</summary>
public static class Loopback
{
    /// <summary>The same place; ::1 instead of 127.0.0.1 where the machine has only that.</summary>
    /// <param name="wanted">Where to listen.</param>
    public static IPEndPoint OnThisMachine(IPEndPoint wanted) =>
        wanted.Address.Equals(IPAddress.Loopback) && !IsThere(IPAddress.Loopback) && IsThere(IPAddress.IPv6Loopback)
            ? new IPEndPoint(IPAddress.IPv6Loopback, wanted.Port)
            : wanted;

    private static bool IsThere(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException e)
        {
            // Anything else, such as no descriptor, is for whoever listens to say.
            return e.SocketErrorCode is not (SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported);
        }
    }
}
