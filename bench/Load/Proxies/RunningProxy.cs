using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>One that runs, or the backend itself for comparison. Ends when disposed.</summary>
/// <param name="Proxy">Which.</param>
/// <param name="Address">Where calls are sent.</param>
/// <param name="Process">Null for the backend, whose cost is not counted.</param>
internal sealed record RunningProxy(Proxy Proxy, IPEndPoint Address, ChildProcess? Process) : IAsyncDisposable
{
    public string Name => Proxy.Name;

    /// <summary>Of two in a row, the one that this one calls.</summary>
    public RunningProxy? Second { get; init; }

    /// <summary>Its processes now.</summary>
    public IReadOnlyList<int> Pids() => [.. Process is null ? [] : ProcStat.Tree(Process.Pid), .. Second?.Pids() ?? []];

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        if (Second is not null)
        {
            await Second.DisposeAsync();
        }
    }
}
