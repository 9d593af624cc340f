using System.Buffers.Binary;
using System.Net.Sockets;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>A server of HTTP/2 that reads all it is sent, gives no credit for it and never answers.</summary>
internal sealed class ClosedServer : IAsyncDisposable
{
    private const int HeaderSize = 9;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte Ack = 1;

    private readonly Acceptor _acceptor = new(ServeAsync);

    public string Address => _acceptor.Address;

    public ValueTask DisposeAsync() => _acceptor.DisposeAsync();

    private static async Task ServeAsync(TcpClient caller, CancellationToken end)
    {
        var stream = caller.GetStream();
        await stream.WriteAsync(Frame(Settings, 0, []), end);
        await stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length], end);
        var header = new byte[HeaderSize];
        while (true)
        {
            await stream.ReadExactlyAsync(header, end);
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await stream.ReadExactlyAsync(payload, end);
            if (header[3] is Settings or Ping && (header[4] & Ack) == 0)
            {
                await stream.WriteAsync(Frame(header[3], Ack, header[3] == Ping ? payload : []), end);
            }
        }
    }

    private static byte[] Frame(byte type, byte flags, byte[] payload)
    {
        var frame = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        payload.CopyTo(frame, HeaderSize);
        return frame;
    }
}
