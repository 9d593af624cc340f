using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests;

/// <summary>A real server of gRPC on a free port, whose services say what a test has them say.</summary>
internal sealed class ScriptedHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedHost(WebApplication app)
    {
        _app = app;
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Url { get; }

    /// <typeparam name="TService">Made for every call.</typeparam>
    /// <param name="script">Handed to each of them.</param>
    public static Task<ScriptedHost> StartAsync<TService>(object script)
        where TService : class
        => StartAsync(routes => routes.MapGrpcService<TService>(), script);

    /// <param name="map">What it answers.</param>
    /// <param name="script">Handed to each service; null for those that need none.</param>
    public static async Task<ScriptedHost> StartAsync(Action<IEndpointRouteBuilder> map, object? script = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        if (script is not null)
        {
            builder.Services.AddSingleton(script.GetType(), script);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new ScriptedHost(app);
    }

    /// <summary>At once: what is under way is broken off.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
