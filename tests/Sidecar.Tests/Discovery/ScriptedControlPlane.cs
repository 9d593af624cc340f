using System.Threading.Channels;
using Grpc.Core;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>A control plane that says what a test has it say, whether or not a real one would.</summary>
internal sealed class ScriptedControlPlane : IAsyncDisposable
{
    private readonly Channel<ScriptedStream> _streams = Channel.CreateUnbounded<ScriptedStream>();
    private ScriptedHost _host = null!;

    public Uri Url => _host.Url;

    /// <summary>The store of the streams to come; null has them say nothing at first.</summary>
    public string? Store { get; set; } = "store-1";

    /// <summary>How far it knows it.</summary>
    public long Revision { get; set; } = 1;

    /// <summary>How often it wants to be told what a sidecar holds; null if it does not.</summary>
    public TimeSpan? HoldingInterval { get; set; }

    public static async Task<ScriptedControlPlane> StartAsync()
    {
        var plane = new ScriptedControlPlane();
        plane._host = await ScriptedHost.StartAsync<Service>(plane);
        return plane;
    }

    /// <summary>The next stream that a sidecar opens.</summary>
    public async Task<ScriptedStream> StreamAsync() => await _streams.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private sealed class Service(ScriptedControlPlane plane) : Mesh.V1.Discovery.DiscoveryBase
    {
        public override async Task Connect(
            IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context)
        {
            var stream = new ScriptedStream(requestStream, responseStream, plane.Store ?? "") { Revision = plane.Revision, HoldingInterval = plane.HoldingInterval };
            if (plane.Store is not null)
            {
                await stream.GreetAsync();
            }

            plane._streams.Writer.TryWrite(stream);
            await stream.Ended.WaitAsync(context.CancellationToken);
        }
    }
}
