using System.Net;
using Mesh.Bench.Load.Cases;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Load.Generating;

/// <summary>Connections that have made a call and are kept open.</summary>
internal sealed class IdleConnections(EventLoop loop) : IAsyncDisposable
{
    /// <summary>Opened at once; more would overflow the backlog of a proxy that accepts slowly.</summary>
    private const int Batch = 100;

    private static readonly TimeSpan BatchLimit = TimeSpan.FromSeconds(10);

    private static readonly LoadCase OneCallEach = new() { Name = "idle", About = "", Connections = Batch, Streams = 1 };

    private readonly List<CallGenerator> _generators = [];

    public async Task OpenAsync(IPEndPoint target, int connections, CancellationToken stop)
    {
        for (var opened = 0; opened < connections; opened += Batch)
        {
            CallGenerator? generator = null;
            await loop.InvokeAsync(() => generator = new CallGenerator(loop, target, OneCallEach, Batch));
            _generators.Add(generator!);
            var result = await generator!.Done.WaitAsync(BatchLimit, stop);
            if (result.Failed > 0)
            {
                throw new BenchFailedException($"of the connections after {opened}, {result.Failed} did not come about or got no answer");
            }
        }
    }

    public async ValueTask DisposeAsync() => await loop.InvokeAsync(() => _generators.ForEach(generator => generator.Close()));
}
