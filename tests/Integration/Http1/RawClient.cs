using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Http1;

/// <summary>One connection, byte by byte: what well-behaved clients do not send, and when a connection ends.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _connection = new();

    /// <param name="address">HOST:PORT.</param>
    public static async Task<RawClient> ConnectAsync(string address)
    {
        var client = new RawClient();
        await client._connection.ConnectAsync(IPEndPoint.Parse(address), Bound.Token);
        return client;
    }

    public Task SendAsync(string latin1) => _connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(latin1), Bound.Token).AsTask();

    /// <summary>Reads until the text has come.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var read = new StringBuilder();
        var buffer = new byte[1024];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await _connection.GetStream().ReadAsync(buffer, Bound.Token);
            Assert.True(count > 0, $"the connection ended after: {read}");
            read.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return read.ToString();
    }

    /// <summary>Reads until the other end closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var reader = new StreamReader(_connection.GetStream(), Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(Bound.Token);
    }

    /// <summary>Its machine is gone: from now on nothing reaches it, nor does anything it could say reach anybody. Linux.</summary>
    public void Vanish() => LostPackets.Begin(_connection.Client);

    public void Dispose() => _connection.Dispose();
}
