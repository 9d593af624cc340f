using System.Net;
using System.Net.Sockets;

namespace Mesh.Cli.Processes;

/// <summary>
/// A port of 127.0.0.1 for a program that others have to be told of before it starts: bound from the moment it is chosen,
/// so that the system gives it to nobody else, and not listened on, so that the program itself can take it. Dispose it
/// when that program listens. One caller.
/// </summary>
/// <remarks>
/// Linux lets two sockets have one port as long as neither listens and both ask for SO_REUSEADDR (socket(7)), which .NET
/// does. Elsewhere the port is only looked up and let go.
/// </remarks>
internal sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public HeldPort()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = _socket.LocalEndPoint!.ToString()!;
        if (!OperatingSystem.IsLinux())
        {
            _socket.Dispose();
        }
    }

    /// <summary><c>HOST:PORT</c>.</summary>
    public string Address { get; }

    public void Dispose() => _socket.Dispose();
}
