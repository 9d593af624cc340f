using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;
using Mesh.Tests;

namespace Mesh.Bench.Messaging.Contestants;

/// <summary>Redis Streams, with an append-only file that is synced always or each second, driven over a socket for each publisher.</summary>
internal sealed class RedisContestant : IContestant
{
    private readonly ChildProcess _server;
    private readonly List<Connection> _connections;

    private RedisContestant(ChildProcess server, List<Connection> connections)
    {
        _server = server;
        _connections = connections;
    }

    public static string? WhyNot => Tools.Find("redis-server") is null ? "there is no redis-server here: install Debian's redis-server" : null;

    public static async Task<IContestant> StartAsync(string folder, int publishers, string appendfsync)
    {
        var port = FreePort.Find();
        var server = await ChildProcess.StartAsync("redis-server", [
            Tools.Find("redis-server")!, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes",
            "--appendfsync", appendfsync, "--auto-aof-rewrite-percentage", "0", "--protected-mode", "no",
        ]);
        var connections = new List<Connection>();
        await Condition.HoldsAsync(
            async () =>
            {
                try
                {
                    connections.Add(await Connection.OpenAsync(port));
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            () => "redis-server answers",
            TimeSpan.FromSeconds(30));
        while (connections.Count < publishers)
        {
            connections.Add(await Connection.OpenAsync(port));
        }

        return new RedisContestant(server, connections);
    }

    public Task PublishAsync(int publisher, ReadOnlyMemory<byte> data) => _connections[publisher].AddAsync(data);

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        await _server.DisposeAsync();
    }

    /// <summary>One command at a time, in Redis's own protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/).</summary>
    private sealed class Connection(Socket socket) : IDisposable
    {
        private readonly byte[] _answer = new byte[256];
        private byte[] _command = [];

        public static async Task<Connection> OpenAsync(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new Connection(socket);
        }

        public async Task AddAsync(ReadOnlyMemory<byte> data)
        {
            var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nd\r\n${data.Length}\r\n"));
            if (_command.Length != head.Length + data.Length + 2)
            {
                _command = [.. head, .. data.Span, .. "\r\n"u8];
            }

            for (var sent = 0; sent < _command.Length;)
            {
                sent += await socket.SendAsync(_command.AsMemory(sent));
            }

            // The id of the entry: a length and a line.
            for (var got = 0; got < 2 || _answer.AsSpan(0, got).Count((byte)'\n') < 2;)
            {
                var read = await socket.ReceiveAsync(_answer.AsMemory(got));
                got += read;
                if (read == 0 || _answer[0] != '$')
                {
                    throw new BenchFailedException($"redis-server says {Encoding.ASCII.GetString(_answer, 0, got).Trim()}");
                }
            }
        }

        public void Dispose() => socket.Dispose();
    }
}
