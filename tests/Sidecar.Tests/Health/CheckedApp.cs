using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Mesh.Sidecar.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Tests.Health;

/// <summary>An app that can be asked how it is, by gRPC or by HTTP/1.1.</summary>
internal sealed class CheckedApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HealthServiceImpl _health = new();

    private CheckedApp(HttpProtocols protocol, bool withHealth, bool withReflection, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton(_health);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocol));
        _app = builder.Build();
        if (withHealth)
        {
            _app.MapGrpcService<HealthServiceImpl>();
        }

        _app.MapGrpcService<RegistryStub>();
        if (withReflection)
        {
            _app.MapGrpcReflectionService();
        }

        _app.MapGet("/status/{code:int}", (int code) => Results.StatusCode(code));
        _app.MapGet("/slow", async (HttpContext context) => await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
    }

    /// <summary>Where it is, for those who call it.</summary>
    public Sidecar.Upstream.Endpoint Endpoint { get; private set; } = null!;

    public static async Task<CheckedApp> StartAsync(
        HttpProtocols protocol = HttpProtocols.Http2, bool withHealth = true, bool withReflection = true, int port = 0)
    {
        var app = new CheckedApp(protocol, withHealth, withReflection, port);
        await app._app.StartAsync();
        var addresses = app._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        var url = new Uri(addresses.Addresses.First());
        app.Endpoint = Sole.App("app", "app-1", $"{url.Host}:{url.Port}").Endpoint;
        app.Say(true);
        return app;
    }

    public void Say(bool serving) => _health.SetStatus("", serving
        ? HealthCheckResponse.Types.ServingStatus.Serving
        : HealthCheckResponse.Types.ServingStatus.NotServing);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    /// <summary>Some service, for its methods' names.</summary>
    private sealed class RegistryStub : Mesh.V1.Registry.RegistryBase;
}
