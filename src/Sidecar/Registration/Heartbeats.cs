using Grpc.Core;
using Mesh.Sidecar.Health;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>How the app stands, said in time and whenever that changes. One stream at a time; the rest from any thread.</summary>
internal sealed class Heartbeats
{
    private readonly HealthMonitor _health;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _toTell = new(0);
    private readonly TaskCompletionSource _drainTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isDraining;

    /// <param name="health">How the app stands.</param>
    /// <param name="time">The clock.</param>
    public Heartbeats(HealthMonitor health, TimeProvider time)
    {
        _health = health;
        _time = time;
        health.Changed += () => _toTell.Release();
    }

    /// <summary>The instance takes no more calls.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>What is to be said now.</summary>
    public (Api.ServiceStatus Status, string Reason) Now
    {
        get
        {
            if (_isDraining)
            {
                return (Api.ServiceStatus.Draining, "the sidecar drains");
            }

            var health = _health.Current;
            return health.Status switch
            {
                AppStatus.Healthy => (Api.ServiceStatus.Healthy, ""),
                AppStatus.Unhealthy => (Api.ServiceStatus.Unhealthy, $"health check: {health.Reason}"),
                _ => (Api.ServiceStatus.Starting, health.Reason),
            };
        }
    }

    /// <summary>From now on what is said is that it drains.</summary>
    public void Drain() => _isDraining = true;

    /// <summary>Says so at once.</summary>
    /// <returns>Whether it was heard within <paramref name="limit"/>.</returns>
    public async Task<bool> TellDrainAsync(TimeSpan limit)
    {
        _toTell.Release();
        await _drainTold.Task.WaitAsync(limit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _drainTold.Task.IsCompleted;
    }

    /// <summary>The control plane has answered one that said that it drains.</summary>
    public void OnDrainHeard() => _drainTold.TrySetResult();

    /// <summary>Says it all on a stream, until the stream's reader is done.</summary>
    public async Task SendAsync(
        IClientStreamWriter<Api.RegisterRequest> requests, Answers answers, TimeSpan interval, Task reading, CancellationToken end)
    {
        using var timer = new PeriodicTimer(interval, _time);
        var tick = timer.WaitForNextTickAsync(end).AsTask();
        var news = _toTell.WaitAsync(end);
        while (!reading.IsCompleted)
        {
            await Task.WhenAny(tick, news, reading);
            if (reading.IsCompleted)
            {
                break;
            }

            if (tick.IsCompleted)
            {
                await tick;
                tick = timer.WaitForNextTickAsync(end).AsTask();
            }

            if (news.IsCompleted)
            {
                await news;
                news = _toTell.WaitAsync(end);
            }

            var (status, reason) = Now;
            answers.OnSent(status == Api.ServiceStatus.Draining);
            var beat = new Api.RegisterRequest { Heartbeat = new Api.Heartbeat { Status = status, StatusReason = reason } };
            try
            {
                await requests.WriteAsync(beat, end);
            }
            catch (Exception failure) when (FirstAnswer.IsOver(failure))
            {
                return; // reading says why
            }
        }
    }
}
