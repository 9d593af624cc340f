using System.Net;

namespace Mesh.Wire.Transport.Epoll;

/// <summary>Addresses as Linux writes them. Pure.</summary>
internal static unsafe class SocketAddresses
{
    private const ushort InterNetwork = 2; // AF_INET

    /// <summary>sockaddr_in: family, port, four octets; sockaddr_in6: family, port, flow, sixteen octets, scope.</summary>
    public static IPEndPoint Read(byte* address)
    {
        var port = (address[2] << 8) | address[3];
        if (*(ushort*)address == InterNetwork)
        {
            return new IPEndPoint(new IPAddress(new ReadOnlySpan<byte>(address + 4, 4)), port);
        }

        return new IPEndPoint(ListenSocket.Plain(new IPAddress(new ReadOnlySpan<byte>(address + 8, 16))), port);
    }
}
