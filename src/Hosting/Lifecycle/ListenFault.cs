using System.Net.Sockets;

namespace Mesh.Hosting;

/// <summary>Says which option's address cannot be listened on, and why, since servers do not say for which option it was.</summary>
public static class ListenFault
{
    /// <summary><c>--grpc 127.0.0.1:15010: address already in use; …</c>, with the cure.</summary>
    /// <param name="option">As on the command line.</param>
    /// <param name="address">Its value.</param>
    /// <param name="failure">What the socket said, or a server of it.</param>
    public static string Line(string option, HostPort address, Exception failure) => failure.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => $"{option} {address}: address already in use; end who has it, or choose another port",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => $"{option} {address}: no address of this machine",
        SocketException { SocketErrorCode: SocketError.AccessDenied } => $"{option} {address}: not allowed; ports below 1024 need a privilege",
        var other => $"{option} {address}: cannot be listened on: {other.Message}",
    };

    /// <summary>Tries the addresses one by one; the server that failed must have let go of them.</summary>
    /// <param name="failure">What the server said, if none is at fault any more.</param>
    /// <param name="addresses">By their options.</param>
    public static string Find(Exception failure, params (string Option, HostPort Address)[] addresses)
    {
        foreach (var (option, address) in addresses)
        {
            if (!address.TryGetEndPoint(out var place))
            {
                continue;
            }

            try
            {
                using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(place);
                socket.Listen();
            }
            catch (SocketException fault)
            {
                return Line(option, address, fault);
            }
        }

        for (var i = 1; i < addresses.Length; i++)
        {
            if (addresses[..i].Any(other => other.Address == addresses[i].Address))
            {
                return $"{addresses[i].Option} {addresses[i].Address}: another option has this address too; give it another";
            }
        }

        return failure.GetBaseException().Message;
    }
}
