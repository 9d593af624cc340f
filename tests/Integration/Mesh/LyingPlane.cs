using Grpc.Core;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>
/// What looks like a control plane, and floods the first sidecar that subscribes while it reads nothing of what that says. It tells
/// the truth afterwards, and to those that come later.
/// </summary>
internal sealed class LyingPlane : IAsyncDisposable
{
    private const string Store = "store-1";

    private readonly IEnumerable<Resource[]> _lies;
    private readonly Resource[] _truth;
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams;
    private ScriptedHost _host = null!;

    private LyingPlane(IEnumerable<Resource[]> lies, Resource[] truth)
    {
        _lies = lies;
        _truth = truth;
    }

    public string Url => _host.Url.OriginalString;

    /// <summary>Completes when all lies are told, or the sidecar has had enough of them.</summary>
    public Task Told => _told.Task;

    /// <param name="lies">The resources of one response after the other.</param>
    /// <param name="truth">What is said after them.</param>
    public static async Task<LyingPlane> StartAsync(IEnumerable<Resource[]> lies, Resource[] truth)
    {
        var plane = new LyingPlane(lies, truth);
        plane._host = await ScriptedHost.StartAsync<Service>(plane);
        return plane;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

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
