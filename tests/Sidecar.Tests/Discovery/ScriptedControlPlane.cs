using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Mesh.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>A control plane that says what a test has it say, whether or not a real one would.</summary>
internal sealed class ScriptedControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedStream> _streams = Channel.CreateUnbounded<ScriptedStream>();

    private ScriptedControlPlane()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>The store of the streams to come; null has them say nothing at first.</summary>
    public string? Store { get; set; } = "store-1";

    /// <summary>How far it knows it.</summary>
    public long Revision { get; set; } = 1;

    public static async Task<ScriptedControlPlane> StartAsync()
    {
        var plane = new ScriptedControlPlane();
        await plane._app.StartAsync();
        var addresses = plane._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        plane.Url = new Uri(addresses.Addresses.First());
        return plane;
    }

    /// <summary>The next stream that a sidecar opens.</summary>
    public async Task<ScriptedStream> StreamAsync() => await _streams.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private sealed class Service(ScriptedControlPlane plane) : Mesh.V1.Discovery.DiscoveryBase
    {
        public override async Task Connect(
            IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context)
        {
            var stream = new ScriptedStream(requestStream, responseStream, plane.Store ?? "") { Revision = plane.Revision };
            if (plane.Store is not null)
            {
                await stream.GreetAsync();
            }

            plane._streams.Writer.TryWrite(stream);
            await stream.Ended.WaitAsync(context.CancellationToken);
        }
    }
}
