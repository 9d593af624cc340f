using Grpc.Core;
using Mesh.Tests;
using Mesh.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>A server that speaks the control plane's protocol, or some other, and means ill. Dispose ends it.</summary>
internal sealed class LyingControlPlane : IAsyncDisposable
{
    private readonly ScriptedHost _host;

    private LyingControlPlane(ScriptedHost host) => _host = host;

    public string Address => _host.Url.OriginalString;

    public static async Task<LyingControlPlane> StartAsync(Action<IEndpointRouteBuilder> map) => new(await ScriptedHost.StartAsync(map));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

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
        /// <summary>A command of the terminal, one for its title, line ends of all kinds, and the order of writing.</summary>
        public const string Text = "a\u001b[2Jb\u202ec\u2028d\ne\u001b]0;f\u0007g\u2029h\u2066i\u061cj\u0085k\u009bl\rm\u200fn\u0000o";

        public static readonly Service Service = new() { Name = Text, Version = Text, Dependencies = { Text } };

        public static readonly Instance Instance = new()
        {
            Id = Text,
            Service = Text,
            Address = Text,
            Port = uint.MaxValue,
            Version = Text,
            StatusReason = Text,
            Locality = new Locality { Region = Text, Zone = Text },
        };

        public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new WatchResponse { Snapshot = new RegistrySnapshot { Services = { Service }, Instances = { Instance } } });
            await responseStream.WriteAsync(new WatchResponse { Change = new RegistryChange { Instance = Instance, Reason = Text } });
        }

        public override Task<GetServiceResponse> GetService(GetServiceRequest request, ServerCallContext context) =>
            Task.FromResult(new GetServiceResponse { Service = Service, Instances = { Instance } });
    }

    /// <summary>Configuration with such text.</summary>
    internal sealed class ConfigPainter : Config.ConfigBase
    {
        private static readonly ConfigResource Resource = new()
        {
            Service = Painter.Text,
            Author = Painter.Text,
            Reason = Painter.Text,
            Version = 1,
            Config = new ServiceConfig { Routes = { new Mesh.V1.Route { Name = Painter.Text } } },
        };

        public override Task<ListConfigResponse> List(ListConfigRequest request, ServerCallContext context) =>
            Task.FromResult(new ListConfigResponse { Resources = { Resource } });

        public override Task<ConfigResource> Get(GetConfigRequest request, ServerCallContext context) => Task.FromResult(Resource);

        public override Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context) =>
            Task.FromResult(new ApplyResponse { Resources = { Resource } });
    }

    /// <summary>A status with such text, whatever is asked.</summary>
    internal static Task PaintedStatus(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)StatusCode.InvalidArgument).ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(Painter.Text);
        return Task.CompletedTask;
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
