using System.Collections.Concurrent;
using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Processes;

/// <summary>
/// An HTTP/2 server of the test's own process, on a free port of 127.0.0.1: the echo service, or any handler. Knows its
/// connections, so that it can be cut off as if it had been killed. Any thread.
/// </summary>
public sealed class EchoServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new();
    private readonly WebApplication _app;
    private readonly HealthServiceImpl _health = new();
    private int _accepted;

    /// <summary>
    /// Kestrel tells of read bytes when half of the window is read. With its default, 1 MB, one stream that is not read
    /// (768 KB) leaves the others less than that half, and the connection stands still for good.
    /// </summary>
    private const int WideWindow = 16 * 1024 * 1024;

    private EchoServer(string name, int port, int maxStreams, int connectionWindow, Action<WebApplication>? map, string? socket = null, IPAddress? ip = null)
    {
        Name = name;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = null;
            options.MaxSendMessageSize = null;
            options.EnableDetailedErrors = true;
        });
        builder.Services.AddSingleton(Counts);
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = maxStreams;
            kestrel.Limits.Http2.InitialConnectionWindowSize = connectionWindow;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 256 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 1000;
            void configure(ListenOptions listen)
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => Track(connection, next));
            }

            if (socket is null)
            {
                kestrel.Listen(ip ?? IPAddress.Loopback, port, configure);
            }
            else
            {
                kestrel.ListenUnixSocket(socket, configure);
            }
        });
        builder.Services.AddSingleton(_health);
        builder.Services.AddGrpcReflection();
        _app = builder.Build();
        if (map is null)
        {
            _health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
            _app.MapGrpcService<EchoService>();
            if (socket is not null)
            {
                _app.MapGrpcService<HealthServiceImpl>();
                _app.MapGrpcReflectionService();
            }
        }
        else
        {
            map(_app);
        }
    }

    /// <summary>Replies bear it.</summary>
    public string Name { get; }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; private set; } = "";

    public int Port => IPEndPoint.Parse(Address).Port;

    /// <summary>What it was asked.</summary>
    public EchoCounts Counts { get; } = new();

    /// <summary>Connections open now.</summary>
    public int Connections => _connections.Count;

    /// <summary>Connections there have been.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <param name="name">Replies bear it.</param>
    /// <param name="port">0 is a free one.</param>
    /// <param name="maxStreams">What it allows a connection.</param>
    /// <param name="connectionWindow">Bytes it takes on a connection before it has read them.</param>
    public static Task<EchoServer> StartAsync(
        string name = "echo-1", int port = 0, int maxStreams = 10_000, int connectionWindow = WideWindow) =>
        StartAsync(new EchoServer(name, port, maxStreams, connectionWindow, null));

    /// <summary>An echo server that listens on a Unix socket, and serves gRPC's health and reflection as well.</summary>
    public static async Task<EchoServer> StartOnSocketAsync(string path)
    {
        var server = new EchoServer("echo-1", 0, 10_000, WideWindow, null, path);
        await server._app.StartAsync();
        server.Address = $"unix:{path}";
        return server;
    }

    /// <summary>An echo server that listens on [::1] alone.</summary>
    public static Task<EchoServer> StartOnIPv6Async() => StartAsync(new EchoServer("echo-1", 0, 10_000, WideWindow, null, ip: IPAddress.IPv6Loopback));

    /// <summary>A server with a handler of the test's own instead of the echo service.</summary>
    public static Task<EchoServer> StartRawAsync(RequestDelegate handler, int maxStreams = 10_000) =>
        StartAsync(new EchoServer("raw", 0, maxStreams, WideWindow, app => app.Run(handler)));

    /// <summary>As many echo servers, "echo-1" and so on.</summary>
    public static async Task<EchoServer[]> StartManyAsync(int count) =>
        await Task.WhenAll(Enumerable.Range(1, count).Select(i => StartAsync($"echo-{i}")));

    /// <summary>Cuts every connection and listens no more, as the end of a process would.</summary>
    public async Task KillAsync()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }

        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
    }

    /// <summary>Takes no more connections or calls; completes when those under way have ended.</summary>
    public Task DrainAsync() => _app.StopAsync();

    /// <summary>Cuts every connection; new ones are taken.</summary>
    public void CutConnections()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _app.DisposeAsync();
    }

    private static async Task<EchoServer> StartAsync(EchoServer server)
    {
        await server._app.StartAsync();
        var address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Address = new Uri(address).Authority;
        return server;
    }

    private async Task Track(ConnectionContext connection, ConnectionDelegate next)
    {
        Interlocked.Increment(ref _accepted);
        _connections[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }
}
