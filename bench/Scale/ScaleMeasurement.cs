using System.Diagnostics;
using Mesh.Bench.Load;
using Mesh.Bench.Scale.Simulated;

namespace Mesh.Bench.Scale;

/// <summary>The measurement of one mesh: it comes up, rests, has changes pushed, and loses its control plane.</summary>
internal static class ScaleMeasurement
{
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PushLimit = TimeSpan.FromSeconds(60);

    /// <summary>Changes that come closer are gathered, and what is measured is how soon one is told.</summary>
    private static readonly TimeSpan BetweenPushes = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan PerConcerned = TimeSpan.FromMicroseconds(400);

    /// <summary>Longer than a lease lasts, so that one which was not renewed is found.</summary>
    private static readonly TimeSpan AfterRestart = TimeSpan.FromSeconds(15);

    public static async Task<ScaleResult> RunAsync(ScaleOptions options, int sidecars, Progress progress, CancellationToken stop)
    {
        var shape = MeshShape.Of(sidecars);
        await using var plane = await ControlPlanes.StartAsync(options, stop);
        using var fleet = new Fleet(shape, plane.Addresses);

        progress.Say($"{sidecars} sidecars, {shape.Services} services of {shape.InstancesPerService} instances: coming up");
        var began = Stopwatch.GetTimestamp();
        await fleet.ConnectAsync(stop);
        await SettleAsync(fleet, progress, stop);
        var start = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(options.Rest / 3, stop);

        progress.Say($"at rest, up after {start:0.0} s");
        var (cpu, etcd, at) = (plane.Cpu, plane.EtcdCpu, Stopwatch.GetTimestamp());
        await Task.Delay(options.Rest, stop);
        double? etcdCores = plane.IsShared ? (plane.EtcdCpu - etcd) / Stopwatch.GetElapsedTime(at).TotalSeconds : null;
        var cores = (plane.Cpu - cpu) / Stopwatch.GetElapsedTime(at).TotalSeconds;
        var memory = plane.Memory;

        progress.Say($"{memory / 1024 / 1024} MB, {cores:0.00} cores; pushing changes");
        var concerned = await PushAsync(plane, fleet, MeshShape.Concerning, shape.Concerned, options.Rounds, progress, stop);
        var everyone = await PushAsync(plane, fleet, MeshShape.Everyones, shape.Sidecars, options.Rounds, progress, stop);

        var oneLost = plane.IsShared ? await LoseOneAsync(plane, fleet, progress, stop) : (Seconds: (double?)null, Leases: 0);
        progress.Say(plane.IsShared ? "killing all control planes" : "killing the control plane");
        await fleet.TakeEndedAsync();
        began = Stopwatch.GetTimestamp();
        await plane.KillAllAsync();
        await plane.StartAllAsync(stop);
        var started = Stopwatch.GetElapsedTime(began);
        var registered = started + await SettleAsync(fleet, progress, stop);
        var restart = Stopwatch.GetElapsedTime(began).TotalSeconds;
        progress.Say(
            $"control planes ready after {started.TotalSeconds:0.0} s, all registered after {registered.TotalSeconds:0.0}, settled again after {restart:0.0} s; waiting for leases that were not renewed");
        await Task.Delay(AfterRestart, stop);
        var lost = (long)await plane.MetricAsync("mesh_registry_leases_expired_total", stop);
        if (await fleet.TakeEndedAsync() is { Length: > 0 } ended)
        {
            progress.Say($"registrations ended: {ended}");
        }

        return new ScaleResult(shape, start, memory, cores, concerned, everyone, restart, plane.Memory, lost + oneLost.Leases)
        {
            RegisteredSeconds = registered.TotalSeconds,
            EtcdCores = etcdCores,
            OneLostSeconds = oneLost.Seconds,
        };
    }

    /// <summary>One of several is killed: its sidecars go to the others.</summary>
    private static async Task<(double? Seconds, long Leases)> LoseOneAsync(ControlPlanes planes, Fleet fleet, Progress progress, CancellationToken stop)
    {
        progress.Say("killing one control plane");
        var began = Stopwatch.GetTimestamp();
        await planes.KillLastAsync();
        // What its sidecars had is counted until they notice.
        await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
        await SettleAsync(fleet, progress, stop);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        progress.Say($"settled after {seconds:0.0} s; waiting for what nobody has");
        // Its session, a lease, and the removal.
        await Task.Delay(2 * AfterRestart, stop);
        var lost = (long)await planes.MetricAsync("mesh_registry_leases_expired_total", stop);
        await planes.StartLastAsync(stop);
        return (seconds, lost);
    }

    /// <returns>After what time every instance was registered.</returns>
    private static async Task<TimeSpan> SettleAsync(Fleet fleet, Progress progress, CancellationToken stop)
    {
        var registered = TimeSpan.Zero;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var began = Stopwatch.GetTimestamp();
        var told = TimeSpan.Zero;
        while (!fleet.IsSettled)
        {
            await timer.WaitForNextTickAsync(stop);
            var elapsed = Stopwatch.GetElapsedTime(began);
            registered = fleet.Registered < fleet.Shape.Instances ? elapsed : registered;
            var state = $"{fleet.Registered} of {fleet.Shape.Instances} instances registered, {fleet.Complete} of {fleet.Shape.Sidecars} sidecars know all they call";
            if (elapsed > SettleLimit)
            {
                throw new BenchFailedException($"not settled after {SettleLimit.TotalMinutes} min: {state}");
            }

            if (elapsed - told > TimeSpan.FromSeconds(5))
            {
                told = elapsed;
                progress.Say(state);
            }
        }

        return registered;
    }

    private static async Task<IReadOnlyList<PushRound>> PushAsync(
        ControlPlanes plane, Fleet fleet, string service, int to, int rounds, Progress progress, CancellationToken stop)
    {
        var all = new List<PushRound>();
        var paused = await plane.PausedAsync(stop);
        for (var number = 1; number <= rounds; number++)
        {
            var (latencies, lateness) = await fleet.PushAsync(service, to, PushLimit, stop);
            var round = new PushRound([.. latencies.Order()], lateness);
            all.Add(round);
            progress.Say($"round {number} of {rounds}: {round}");
            await Task.Delay(BetweenPushes + (to * PerConcerned), stop);
        }

        paused = await plane.PausedAsync(stop) - paused;
        progress.Say($"the control plane's collector has stopped it for {paused.TotalMilliseconds:0} ms in these rounds");
        return all;
    }
}
