using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Processes;

/// <summary>
/// A DNS server for programs that are started with <see cref="Shell"/>: silent, until it is told what a name is. It has a
/// mount namespace made for them, in which /etc/resolv.conf names it, and needs root and Linux for it.
/// </summary>
internal sealed class NameServer : IDisposable
{
    private const ushort A = 1;

    // 127.0.0.0/8 is all loopback, and the port is the one that resolvers ask.
    private readonly UdpClient _socket;
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.resolv.conf");
    private volatile IPAddress? _answer;
    private int _asked;

    private NameServer(IPAddress address)
    {
        _socket = new UdpClient(new IPEndPoint(address, 53));
        File.WriteAllText(_file, $"nameserver {address}\noptions timeout:1 attempts:60\n");
        _ = ServeAsync();
    }

    /// <summary>Questions so far, whether or not they were answered.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static NameServer Start() => new(IPAddress.Parse($"127.77.{Environment.ProcessId % 250}.{1 + (Environment.TickCount & 0x7f)}"));

    /// <summary>What every name is from now on; until then there is no answer at all.</summary>
    public void Answer(IPAddress address) => _answer = address;

    /// <summary>The command that runs a program with this server: put its file and its arguments behind.</summary>
    public string[] Shell =>
        ["-m", "--propagation", "private", "/bin/sh", "-c", $"mount --bind {_file} /etc/resolv.conf && exec \"$0\" \"$@\""];

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(_file);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var question = await _socket.ReceiveAsync();
                Interlocked.Increment(ref _asked);
                if (_answer is { } address)
                {
                    await _socket.SendAsync(Response(question.Buffer, address), question.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed.
        }
    }

    /// <summary>RFC 1035 section 4: the question again, and one address, or none for what is not asked by type A.</summary>
    private static byte[] Response(byte[] query, IPAddress address)
    {
        var end = 12;
        while (query[end] != 0)
        {
            end += query[end] + 1;
        }

        end += 5;
        var isA = (query[end - 4] << 8 | query[end - 3]) == A;
        byte[] header = [query[0], query[1], 0x81, 0x80, 0, 1, 0, (byte)(isA ? 1 : 0), 0, 0, 0, 0];
        byte[] answer = isA ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, .. address.GetAddressBytes()] : [];
        return [.. header, .. query[12..end], .. answer];
    }
}
