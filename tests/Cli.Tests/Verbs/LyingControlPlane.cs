using System.Net;
using Grpc.Core;
using Mesh.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>A server that speaks the control plane's protocol, or some other, and means ill. Dispose ends it.</summary>
internal sealed class LyingControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LyingControlPlane(Action<IEndpointRouteBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        map(_app);
    }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<LyingControlPlane> StartAsync(Action<IEndpointRouteBuilder> map)
    {
        var server = new LyingControlPlane(map);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Snapshots without an end, pages that lead back.</summary>
    internal sealed class InCircles : Registry.RegistryBase
    {
        public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
        {
            var part = new RegistrySnapshot { More = true, Instances = { new Instance { Id = "i", StatusReason = new string('x', 1_000_000) } } };
            while (!context.CancellationToken.IsCancellationRequested)
            {
                await responseStream.WriteAsync(new WatchResponse { Snapshot = part });
            }
        }

        public override Task<GetServiceResponse> GetService(GetServiceRequest request, ServerCallContext context) =>
            Task.FromResult(new GetServiceResponse { Service = new Service { Name = request.Name }, NextPageToken = "a" });

        public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context) =>
            Task.FromResult(new ListInstancesResponse { NextPageToken = request.PageToken == "a" ? "b" : "a" });
    }

    /// <summary>A service that is there, with text that would draw on a terminal.</summary>
    internal sealed class Painter : Registry.RegistryBase
    {
        public const string Text = "a\u001b[2Jb\u202ec\u2028d\ne";

        public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
        {
            var instance = new Instance { Id = Text, Service = Text, Address = Text, StatusReason = Text };
            await responseStream.WriteAsync(new WatchResponse
            {
                Snapshot = new RegistrySnapshot { Services = { new Service { Name = Text } }, Instances = { instance } },
            });
            await responseStream.WriteAsync(new WatchResponse { Change = new RegistryChange { Instance = instance, Reason = Text } });
        }

        public override Task<GetServiceResponse> GetService(GetServiceRequest request, ServerCallContext context) =>
            throw new RpcException(new Status(StatusCode.PermissionDenied, Text));
    }

    /// <summary>Configuration in pages that lead back, and none to be had of one service.</summary>
    internal sealed class EndlessConfigs : Config.ConfigBase
    {
        public override Task<ListConfigResponse> List(ListConfigRequest request, ServerCallContext context) =>
            Task.FromResult(new ListConfigResponse { NextPageToken = "again" });

        public override Task<ConfigResource> Get(GetConfigRequest request, ServerCallContext context) =>
            throw new RpcException(new Status(StatusCode.NotFound, "none"));
    }

    /// <summary>Trailers larger than any client takes.</summary>
    internal static Task LargeTrailers(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        for (var number = 0; number < 20; number++)
        {
            context.Response.AppendTrailer($"x-{number}", new string('x', 10_000));
        }

        return context.Response.Body.FlushAsync();
    }
}
