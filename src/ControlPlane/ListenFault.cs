using System.Net.Sockets;
using Mesh.Hosting;

namespace Mesh.ControlPlane;

/// <summary>Finds out which of the addresses cannot be listened on, and why: the server does not say for which option it was.</summary>
internal static class ListenFault
{
    /// <summary>One line that names the option; null if each could be, by itself.</summary>
    public static string? Of(ControlPlaneSettings settings) =>
        Of("--grpc", settings.Grpc) ?? Of("--http", settings.Http)
        ?? (settings.Grpc.Equals(settings.Http) ? $"--http: {settings.Http} is the address of --grpc too; give it another" : null);

    private static string? Of(string option, HostPort address)
    {
        if (!address.TryGetEndPoint(out var endPoint))
            return null;
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endPoint);
            socket.Listen();
            return null;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{option}: {address} is in use by another process; stop that, or choose another port",
                SocketError.AddressNotAvailable => $"{option}: {address} is no address of this machine",
                SocketError.AccessDenied => $"{option}: {address} may not be listened on; ports below 1024 need a privilege",
                _ => $"{option}: {address} cannot be listened on: {refused.Message}",
            };
        }
    }
}
