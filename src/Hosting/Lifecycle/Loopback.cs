using System.Net;
using System.Net.Sockets;

namespace Mesh.Hosting;

/// <summary>The address of this machine for itself, which programs listen on unless they are told otherwise.</summary>
public static class Loopback
{
    /// <summary>The address as it is, or <c>::1</c> for <c>127.0.0.1</c> on a machine that has no IPv4.</summary>
    public static IPEndPoint Present(IPEndPoint address) =>
        address.Address.Equals(IPAddress.Loopback) && !IsPresent(IPAddress.Loopback) && IsPresent(IPAddress.IPv6Loopback)
            ? new IPEndPoint(IPAddress.IPv6Loopback, address.Port)
            : address;

    private static bool IsPresent(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
