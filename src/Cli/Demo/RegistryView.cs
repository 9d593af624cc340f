using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Cli.Answers;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>
/// The registry's instances as its watch tells them, kept up to date in the background. Thread safe. A watch that breaks
/// is begun again from the last revision seen.
/// </summary>
internal sealed class RegistryView : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly GrpcChannel _channel;
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<(string Service, string Id), Instance> _instances = [];
    private readonly List<RegistryRemoval> _removals = [];
    private readonly Task _watch;
    private TaskCompletionSource _changed = NewSignal();
    private long _revision;

    public RegistryView(Uri controlPlane, TimeProvider time)
    {
        _time = time;
        _channel = DirectChannel.To(controlPlane);
        _watch = Task.Run(WatchAsync);
    }

    /// <summary>By service, then id.</summary>
    public IReadOnlyList<Instance> Instances
    {
        get
        {
            lock (_lock)
            {
                return [.. _instances.Values.OrderBy(instance => instance.Service).ThenBy(instance => instance.Id)];
            }
        }
    }

    /// <summary>The instances that were removed while this view watched, oldest first.</summary>
    public IReadOnlyList<RegistryRemoval> Removals
    {
        get
        {
            lock (_lock)
            {
                return [.. _removals];
            }
        }
    }

    /// <summary>Waits until the instances are as asked for; false when the time was up first.</summary>
    public async Task<bool> UntilAsync(Func<IReadOnlyList<Instance>, bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    changed = _changed.Task;
                }

                if (condition(Instances))
                {
                    return true;
                }

                await changed.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watch;
        _channel.Dispose();
        _end.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WatchAsync()
    {
        var registry = new Registry.RegistryClient(_channel);
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var assembly = new SnapshotAssembly();
                using var call = registry.Watch(new WatchRequest { FromRevision = _revision }, cancellationToken: _end.Token);
                await foreach (var response in call.ResponseStream.ReadAllAsync(_end.Token))
                {
                    if (response.Snapshot is { } part)
                    {
                        if (assembly.Add(part) is { } snapshot)
                        {
                            Apply(() => Replace(snapshot));
                        }
                    }
                    else if (response.Change is { } change)
                    {
                        Apply(() => Follow(change));
                    }
                }

                await Task.Delay(Pause, _time, _end.Token);
            }
            catch (RpcException) when (!_end.IsCancellationRequested)
            {
                await Task.Delay(Pause, _time, CancellationToken.None);
            }
            catch (Exception) when (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Apply(Action change)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            change();
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    private void Replace(RegistrySnapshot snapshot)
    {
        _revision = snapshot.Revision;
        _instances.Clear();
        foreach (var instance in snapshot.Instances)
        {
            _instances[(instance.Service, instance.Id)] = instance;
        }
    }

    private void Follow(RegistryChange change)
    {
        _revision = change.Revision;
        var key = (change.Instance.Service, change.Instance.Id);
        if (change.Kind != RegistryChange.Types.Kind.Removed)
        {
            _instances[key] = change.Instance;
            return;
        }

        _instances.Remove(key);
        _removals.Add(new RegistryRemoval(change.Instance.Service, change.Instance.Id, change.Reason, _time.GetTimestamp()));
    }
}
