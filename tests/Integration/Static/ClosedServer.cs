using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Static;

/// <summary>A server of HTTP/2 that reads all it is sent, gives no credit for it and never answers.</summary>
internal sealed class ClosedServer : IAsyncDisposable
{
    private const int HeaderSize = 9;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte Ack = 1;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    public ClosedServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        using (caller)
        {
            var stream = caller.GetStream();
            try
            {
                await stream.WriteAsync(Frame(Settings, 0, []), _end.Token);
                await stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length], _end.Token);
                var header = new byte[HeaderSize];
                while (true)
                {
                    await stream.ReadExactlyAsync(header, _end.Token);
                    var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                    await stream.ReadExactlyAsync(payload, _end.Token);
                    if (header[3] is Settings or Ping && (header[4] & Ack) == 0)
                    {
                        await stream.WriteAsync(Frame(header[3], Ack, header[3] == Ping ? payload : []), _end.Token);
                    }
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                // It is over.
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
