using System.Net;
using Grpc.Core;
using Mesh.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Mesh;

/// <summary>
/// What looks like a control plane, and floods the first sidecar that subscribes while it reads nothing of what that says. It tells
/// the truth afterwards, and to those that come later.
/// </summary>
internal sealed class LyingPlane : IAsyncDisposable
{
    private const string Store = "store-1";

    private readonly WebApplication _app;
    private readonly IEnumerable<Resource[]> _lies;
    private readonly Resource[] _truth;
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams;

    private LyingPlane(IEnumerable<Resource[]> lies, Resource[] truth)
    {
        _lies = lies;
        _truth = truth;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public string Url { get; private set; } = "";

    /// <summary>Completes when all lies are told, or the sidecar has had enough of them.</summary>
    public Task Told => _told.Task;

    /// <param name="lies">The resources of one response after the other.</param>
    /// <param name="truth">What is said after them.</param>
    public static async Task<LyingPlane> StartAsync(IEnumerable<Resource[]> lies, Resource[] truth)
    {
        var plane = new LyingPlane(lies, truth);
        await plane._app.StartAsync();
        plane.Url = plane._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return plane;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private sealed class Service(LyingPlane plane) : Discovery.DiscoveryBase
    {
        private long _nonce;

        public override async Task Connect(
            IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context)
        {
            await SayAsync(responseStream, []);
            while (await requestStream.MoveNext(context.CancellationToken) && requestStream.Current.Subscribe is null)
            {
            }

            try
            {
                if (Interlocked.Increment(ref plane._streams) == 1)
                {
                    foreach (var resources in plane._lies)
                    {
                        await SayAsync(responseStream, resources);
                    }
                }

                await SayAsync(responseStream, plane._truth);
            }
            catch (Exception gone) when (gone is InvalidOperationException or IOException or OperationCanceledException)
            {
                // The sidecar has ended the stream.
            }

            plane._told.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private Task SayAsync(IServerStreamWriter<DiscoveryResponse> to, Resource[] resources)
        {
            _nonce++;
            return to.WriteAsync(new() { Nonce = _nonce, StoreId = Store, Revision = _nonce, Resources = { resources } });
        }
    }
}
