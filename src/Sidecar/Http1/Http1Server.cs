using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// HTTP/1.1 by Kestrel, forwarded by YARP (<see cref="Http1Forwarder"/>). Starts with the first connection that needs it:
/// a sidecar of gRPC services never pays for it. Any thread.
/// </summary>
internal sealed class Http1Server(Http1Forwarder forwarder, Action<Exception> fault) : IAsyncDisposable
{
    private readonly HandOff _handOff = new();
    private readonly Lock _gate = new();
    private Task<WebApplication>? _starting;

    /// <summary>Serves a connection of which nothing has been read.</summary>
    public void Serve(Socket socket, HandOffFeature feature)
    {
        _handOff.Give(socket, feature);
        lock (_gate)
        {
            _starting ??= StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<WebApplication>? starting;
        lock (_gate)
        {
            starting = _starting;
        }

        if (starting is not null)
        {
            await using var app = await starting.ConfigureAwait(false);
            await app.StopAsync().ConfigureAwait(false);
        }

        forwarder.Dispose();
    }

    private async Task<WebApplication> StartAsync()
    {
        try
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IConnectionListenerFactory>(_handOff);
            builder.Services.AddHttpForwarder();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                // The app decides how large a body is; back pressure is the transport's.
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.Listen(_handOff.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
            });
            var app = builder.Build();
            forwarder.Forwarder = app.Services.GetRequiredService<Yarp.ReverseProxy.Forwarder.IHttpForwarder>();
            app.Run(forwarder.ForwardAsync);
            await app.StartAsync().ConfigureAwait(false);
            return app;
        }
        catch (Exception e)
        {
            fault(e);
            throw;
        }
    }
}
