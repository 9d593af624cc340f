using System.Net.Sockets;

namespace Mesh.Hosting;

/// <summary>Says which option's address cannot be listened on, and why, for those whose server does not.</summary>
public static class ListenFault
{
    /// <summary><c>--grpc 127.0.0.1:15010: address already in use</c>.</summary>
    public static string Line(string option, HostPort address, string why) =>
        $"{option} {address}: {(why.Length > 1 && char.IsUpper(why[0]) && !char.IsUpper(why[1]) ? char.ToLowerInvariant(why[0]) + why[1..] : why)}";

    /// <summary>Tries the addresses one by one; the server that failed must have let go of them.</summary>
    /// <param name="failure">What the server said, if none is at fault any more.</param>
    /// <param name="addresses">By their options.</param>
    public static string Find(Exception failure, params ReadOnlySpan<(string Option, HostPort Address)> addresses)
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
                return Line(option, address, fault.Message);
            }
        }

        return failure.Message;
    }
}
