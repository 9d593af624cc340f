using System.Net;
using System.Net.Sockets;

namespace Mesh.Cli.Processes;

/// <summary>
/// A port for a program that has to be told one before it starts. Taken from below the range that systems use for
/// outgoing connections, so that between the look and the use nobody is given it by chance.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <exception cref="CliException">Not one of many was free.</exception>
    public static int Next(Random random)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = random.Next(First, Last);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new CliException($"no free port found on 127.0.0.1 between {First} and {Last}");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
