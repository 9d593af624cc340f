using Google.Protobuf.WellKnownTypes;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Cache;

/// <summary>
/// The last good snapshot on disk (<c>--cache</c>). It is a help and never a hindrance: one that cannot be read is as none, one
/// that cannot be written is a warning. <see cref="Load"/> is called before all else, <see cref="RunAsync"/> runs once, the
/// rest may be called from any thread.
/// </summary>
internal sealed class SnapshotCache
{
    /// <summary>After a change, for what else changes with it.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>While a control plane confirms it by its presence, so that the age that is shown later is about right.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(5);

    private readonly string _service;
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Lock _gate = new();
    private volatile CacheState _state = new(null, null, 0, null);
    private volatile bool _isConfirmed;

    /// <param name="directory">Where it is; made if it is not there.</param>
    /// <param name="service">Whose it is; empty for a pure client.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what fails.</param>
    public SnapshotCache(string directory, string service, TimeProvider time, Log log)
    {
        _service = service;
        // A folder may be shared by the sidecars of several services.
        _path = Path.Combine(directory, $"{(service.Length == 0 ? "client" : service)}.snapshot");
        _time = time;
        _log = log;
    }

    public CacheState State => _state;

    /// <summary>How old the snapshot from disk is that calls go by; null if they do not go by one.</summary>
    public TimeSpan? Age => _state.InUseSince is { } since ? _time.GetUtcNow() - since : null;

    /// <summary>What a former process has left.</summary>
    /// <param name="use">Takes each; says why it is of no use.</param>
    /// <returns>Whether there is anything.</returns>
    public bool Load(Func<Api.CachedResource, string?> use)
    {
        if (SnapshotFile.Read(_path, _service, out var fault) is not { } snapshot)
        {
            if (fault is not null)
            {
                _log.Warn($"the snapshot {_path} is not used: it {fault}");
            }

            return false;
        }

        string? first = null;
        var left = 0;
        foreach (var resource in snapshot.Resources)
        {
            if (use(resource) is { } why)
            {
                left++;
                first ??= $"{resource.Resource?.Kind} of {resource.Resource?.Name}: {why}";
            }
        }

        if (left > 0)
        {
            _log.Warn($"{left} of {snapshot.Resources.Count} resources of the snapshot {_path} are not used; the first: {first}");
        }

        if (left == snapshot.Resources.Count)
        {
            return false;
        }

        var since = snapshot.Time?.ToDateTimeOffset() ?? DateTimeOffset.UnixEpoch;
        Change(state => state with { InUseSince = since });
        _log.Info($"calls go by the snapshot {_path}, written {since:yyyy-MM-dd'T'HH:mm:ss'Z'}, until a control plane speaks");
        return true;
    }

    /// <summary>A control plane has spoken: what is in force is its word.</summary>
    public void OnConfirmed()
    {
        _isConfirmed = true;
        if (_state.InUseSince is not null)
        {
            Change(state => state with { InUseSince = null });
        }
    }

    /// <summary>The control plane is lost.</summary>
    public void OnLost() => _isConfirmed = false;

    /// <summary>Something else is in force.</summary>
    public void OnChanged()
    {
        if (_changed.CurrentCount == 0)
        {
            try
            {
                _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another thread was quicker.
            }
        }
    }

    /// <summary>Writes what is in force when it changes, until told to stop; then once more, if something has changed.</summary>
    public async Task RunAsync(Func<IEnumerable<Api.CachedResource>> inForce, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var changed = _changed.WaitAsync(wait.Token);
            await changed.WaitAsync(Refresh, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!changed.IsCompletedSuccessfully)
            {
                await wait.CancelAsync();
                await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (changed.IsCompletedSuccessfully)
            {
                await Task.Delay(Settling, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Write(inForce());
            }
            else if (_isConfirmed && !stop.IsCancellationRequested)
            {
                Write(inForce());
            }
        }
    }

    private void Write(IEnumerable<Api.CachedResource> inForce)
    {
        var now = _time.GetUtcNow();
        var snapshot = new Api.CachedSnapshot { Service = _service, Time = now.ToTimestamp() };
        snapshot.Resources.Add(inForce);
        try
        {
            SnapshotFile.Write(_path, snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_state.LastError is null)
            {
                _log.Warn($"the snapshot {_path} cannot be written: {e.Message}; all else goes on, and it is tried again with the next change");
            }

            Change(state => state with { Failures = state.Failures + 1, LastError = e.Message });
            return;
        }

        if (_state.LastError is not null)
        {
            _log.Info($"the snapshot {_path} is written again");
        }

        Change(state => state with { Written = now, LastError = null });
    }

    private void Change(Func<CacheState, CacheState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
        }
    }
}
