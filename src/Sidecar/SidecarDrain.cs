using Mesh.Hosting;
using Mesh.Sidecar.Exec;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Registration;

namespace Mesh.Sidecar;

/// <summary>
/// The orderly end: callers are told and turn elsewhere, calls under way finish, the app keeps its way out until its last
/// call is answered. Runs once.
/// </summary>
/// <param name="inbound">Null for a pure client.</param>
/// <param name="outbound">All listeners that the app calls through.</param>
/// <param name="registrar">Null if nothing is registered.</param>
/// <param name="app">That we have started; null if somebody else has.</param>
/// <param name="workers">Whose connections they are.</param>
/// <param name="grace">How long calls under way may take from the moment new ones are turned away.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of each step.</param>
internal sealed class SidecarDrain(
    DownstreamListener? inbound,
    IReadOnlyList<DownstreamListener> outbound,
    Registrar? registrar,
    AppProcess? app,
    IReadOnlyList<Worker> workers,
    TimeSpan grace,
    TimeProvider time,
    Log log)
{
    /// <summary>For one word with the control plane, which may be away.</summary>
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the news that we drain may take to reach every caller. Sidecars that have it close their connections to us,
    /// so that it is over sooner if all our callers are such.
    /// </summary>
    private static readonly TimeSpan PropagationTime = TimeSpan.FromSeconds(1);

    /// <summary>A peer that has no call under way and does not answer our GOAWAY in this time is not waited for.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    public async Task RunAsync()
    {
        if (inbound is not null)
        {
            await inbound.SayCloseAsync();
        }

        if (registrar is not null && await registrar.TellDrainAsync(TellLimit))
        {
            log.Info("draining: the control plane knows, callers turn elsewhere");
            await UntilAsync(PropagationTime, async () => (await CountAsync(inbound is null ? [] : [inbound])).Connections == 0);
        }

        var began = time.GetTimestamp();
        if (inbound is not null)
        {
            await EndAsync("inbound", [inbound], grace);
            if (registrar is not null)
            {
                await registrar.DeregisterAsync(TellLimit);
            }
        }

        if (app is not null)
        {
            // What it does at its end may be calls.
            await app.EndAsync(grace - time.GetElapsedTime(began));
        }

        var left = grace - time.GetElapsedTime(began);
        await EndAsync("outbound", outbound, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>Turns new calls away, and lets those under way finish.</summary>
    private async Task EndAsync(string side, IReadOnlyList<DownstreamListener> listeners, TimeSpan limit)
    {
        // In this order: a connection accepted after the GOAWAYs would get none.
        foreach (var listener in listeners)
        {
            await listener.CloseAsync();
        }

        foreach (var listener in listeners)
        {
            await listener.GoAwayAsync();
        }

        var began = time.GetTimestamp();
        var before = await CountAsync(listeners);
        log.Info($"draining: {side} takes no more, {before.Calls} calls on {before.Connections} connections finish");
        var left = before;
        var done = await UntilAsync(limit, async () =>
        {
            left = await CountAsync(listeners);
            return left.Connections == 0 || (left.Calls == 0 && time.GetElapsedTime(began) > IdleTime);
        });
        if (!done && left.Calls > 0)
        {
            log.Warn($"draining: {side} still has {left.Calls} calls after the grace of {DurationText.Format(grace)}; they are cut off");
        }
    }

    private async Task<bool> UntilAsync(TimeSpan limit, Func<Task<bool>> condition)
    {
        var began = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(began) >= limit)
            {
                return false;
            }

            await Task.Delay(LookAgain, time);
        }

        return true;
    }

    private async Task<(int Connections, int Calls)> CountAsync(IReadOnlyList<DownstreamListener> listeners)
    {
        var connections = 0;
        var calls = 0;
        foreach (var worker in workers)
        {
            await worker.Loop.InvokeAsync(() =>
            {
                foreach (var connection in listeners.SelectMany(listener => listener.ConnectionsOf(worker)))
                {
                    connections++;
                    calls += connection.OpenStreams;
                }
            });
        }

        return (connections, calls);
    }
}
