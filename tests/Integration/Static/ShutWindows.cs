using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Static;

/// <summary>
/// A client of HTTP/2 that asks and takes no answers: its streams have no window. It reads its socket, so that what it is owed
/// lies with whoever answers. One thread.
/// </summary>
internal sealed class ShutWindows : IDisposable
{
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ack = 1;
    private const byte EndOfStreamAndHeaders = 5;

    private readonly TcpClient _client = new();
    private readonly byte[] _authority;

    private ShutWindows(string authority) => _authority = Encoding.ASCII.GetBytes(authority);

    /// <param name="address">HOST:PORT of the server.</param>
    /// <param name="authority">Whom it asks.</param>
    public static async Task<ShutWindows> ConnectAsync(string address, string authority)
    {
        var client = new ShutWindows(authority);
        await client._client.ConnectAsync(IPEndPoint.Parse(address));
        byte[] noWindow = [0, 4, 0, 0, 0, 0]; // SETTINGS_INITIAL_WINDOW_SIZE
        await client.SendAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, noWindow)]);
        return client;
    }

    /// <summary>Asks for a path so many times at once, and reads until each has a head of an answer.</summary>
    public async Task AskAsync(string path, int times, CancellationToken stop)
    {
        // :method GET, :scheme http, :path and :authority as literals (RFC 7541 sections 6.1 and 6.2.2).
        byte[] block = [0x82, 0x86, 0x04, (byte)path.Length, .. Encoding.ASCII.GetBytes(path), 0x01, (byte)_authority.Length, .. _authority];
        await SendAsync([.. Enumerable.Range(0, times).SelectMany(i => Frame(Headers, EndOfStreamAndHeaders, (2 * i) + 1, block))]);
        var header = new byte[9];
        for (var heads = 0; heads < times;)
        {
            await _client.GetStream().ReadExactlyAsync(header, stop);
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await _client.GetStream().ReadExactlyAsync(payload, stop);
            heads += header[3] == Headers ? 1 : 0;
            if (header[3] == Settings && (header[4] & Ack) == 0)
            {
                await SendAsync(Frame(Settings, Ack, 0, []));
            }
        }
    }

    public void Dispose() => _client.Dispose();

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = [0, 0, 0, type, flags, 0, 0, 0, 0, .. payload];
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        return frame;
    }

    private async Task SendAsync(byte[] bytes) => await _client.GetStream().WriteAsync(bytes);
}
