using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Http1;

/// <summary>
/// A server that does with each connection what the test says, byte by byte: for what no well-behaved server does, and to see what
/// really came. On a free port of 127.0.0.1. Any thread.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawServer, NetworkStream, Task> _serve;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _connections;

    /// <param name="serve">One connection; it is closed in good order afterwards.</param>
    public RawServer(Func<RawServer, NetworkStream, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>HOST:PORT.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The head of each request that was read, as Latin-1, with the empty line.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>Reads one request's head, and gives it.</summary>
    public async Task<string?> ReadHeadAsync(NetworkStream connection)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await connection.ReadAsync(one, _end.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var text = Encoding.Latin1.GetString([.. head]);
        Heads.Enqueue(text);
        return text;
    }

    public static ValueTask SayAsync(NetworkStream connection, string latin1) => connection.WriteAsync(Encoding.Latin1.GetBytes(latin1), Bound.Token);

    /// <summary>Answers each request without a body with 200 and its own head as the body.</summary>
    public static RawServer Mirror() => new(async (server, connection) =>
    {
        while (await server.ReadHeadAsync(connection) is { } head)
        {
            await SayAsync(connection, $"HTTP/1.1 200 OK\r\nContent-Length: {head.Length}\r\n\r\n{head}");
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The end, which the listener may say in either way.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        using var one = client;
        try
        {
            await _serve(this, client.GetStream());
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The other side, or the test, has had enough.
        }
    }
}
