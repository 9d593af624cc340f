using System.Net;
using Mesh.Bench.Load.Cases;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Load.Generating;

/// <summary>Our own load generator: does what h2load cannot, and all of it where h2load is not installed. Any thread.</summary>
internal sealed class OwnLoad : IDisposable
{
    private readonly EventLoop _loop = EventLoop.Create(TimeProvider.System, "load");

    public OwnLoad() => _loop.Start();

    /// <summary>Carries out so many calls of a case.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="load">Which calls.</param>
    /// <param name="calls">How many.</param>
    /// <param name="limit">What is not answered by then has failed.</param>
    /// <param name="stop">Cancels the run.</param>
    public async Task<LoadResult> RunAsync(IPEndPoint target, LoadCase load, int calls, TimeSpan limit, CancellationToken stop)
    {
        CallGenerator? generator = null;
        await _loop.InvokeAsync(() => generator = new CallGenerator(_loop, target, load, calls));
        try
        {
            return await generator!.Done.WaitAsync(limit, stop);
        }
        catch (TimeoutException)
        {
            return new LoadResult(limit.TotalSeconds, 0, calls, []);
        }
        finally
        {
            await _loop.InvokeAsync(generator!.Close);
        }
    }

    /// <summary>Opens connections, makes one call on each, and keeps them open until the result is disposed.</summary>
    public async Task<IdleConnections> OpenIdleAsync(IPEndPoint target, int connections, CancellationToken stop)
    {
        var idle = new IdleConnections(_loop);
        await idle.OpenAsync(target, connections, stop);
        return idle;
    }

    public void Dispose() => _loop.Stop();
}
