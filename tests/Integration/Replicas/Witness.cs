using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Replicas;

/// <summary>Watches the registry at several control planes, and notes who left it and what must not be.</summary>
internal sealed class Witness : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _watches = [];
    private readonly ConcurrentQueue<string> _removals = [];
    private readonly ConcurrentQueue<string> _oddities = [];

    /// <summary>Each as "ID: reason", as often as a control plane says it.</summary>
    public IReadOnlyCollection<string> Removals => _removals;

    /// <summary>Revisions that went back, instances that a snapshot has lost.</summary>
    public IReadOnlyCollection<string> Oddities => _oddities;

    public void Watch(ControlPlane plane) => _watches.Add(WatchAsync(plane));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_watches);
    }

    private async Task WatchAsync(ControlPlane plane)
    {
        var known = new HashSet<string>();
        var snapshot = new HashSet<string>();
        var last = 0L;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var watch = new Registry.RegistryClient(plane.Channel).Watch(new WatchRequest { FromRevision = last }, cancellationToken: _end.Token);
                await foreach (var response in watch.ResponseStream.ReadAllAsync(_end.Token))
                {
                    var revision = response.Change?.Revision ?? response.Snapshot.Revision;
                    if (revision < last)
                    {
                        _oddities.Enqueue($"{plane.Grpc}: revision {revision} after {last}");
                    }

                    last = revision;
                    if (response.Change is { } change)
                    {
                        if (change.Kind == RegistryChange.Types.Kind.Removed)
                        {
                            known.Remove(change.Instance.Id);
                            _removals.Enqueue($"{change.Instance.Id}: {change.Reason}");
                        }
                        else
                        {
                            known.Add(change.Instance.Id);
                        }
                    }
                    else
                    {
                        snapshot.UnionWith(response.Snapshot.Instances.Select(instance => instance.Id));
                        if (!response.Snapshot.More)
                        {
                            foreach (var lost in known.Except(snapshot))
                            {
                                _oddities.Enqueue($"{plane.Grpc}: {lost} is not in the snapshot of revision {revision}");
                            }

                            (known, snapshot) = (snapshot, []);
                        }
                    }
                }
            }
            catch (Exception over) when (over is RpcException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // It is asked again, as long as it is there.
                if (plane.Process.HasExited)
                {
                    return;
                }
            }

            await Task.Delay(50, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
