using Grpc.Core;
using Mesh.Cli.Load;
using Mesh.Cli.Processes;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>
/// <c>meshctl demo --once</c>: starts the mesh, makes a fixed number of calls, kills an instance among them, and checks
/// what was to be seen.
/// </summary>
internal sealed class OnceRun(DemoSettings settings, TextWriter output, TimeProvider time)
{
    /// <summary>
    /// For whatever is waited for: a bound on what never comes, not on what comes late. How long things take is told, and is no
    /// expectation: that would be one of the machine.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private const int Concurrency = 16;

    private static readonly TimeSpan SettlingPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Made twice: with both instances of users, and with the one that is left. Enough that each instance is picked many
    /// times and each shape has a median; more would only cost time on a busy machine.
    /// </summary>
    private static readonly Dictionary<CallKind, int> Calls = new()
    {
        [CallKind.GetUser] = 300,
        [CallKind.PlaceOrder] = 100,
        [CallKind.WatchOrder] = 30,
        [CallKind.UploadItems] = 50,
        [CallKind.Chat] = 50,
        [CallKind.GetItem] = 100,
    };

    /// <summary>
    /// Calls made as fast as they are answered before the kill, so that the load is well under way, and again after it:
    /// every worker then meets the dead instance many times over.
    /// </summary>
    private const int AroundKill = 400;

    /// <summary>Calls a second while the dead instance's lease runs out: nothing but a clock decides when that is.</summary>
    private const int RateUntilDropped = 50;

    private readonly long _start = time.GetTimestamp();
    private readonly Expectations _expectations = new(output);
    private string? _killedControlPlane;

    /// <summary>0 if every expectation held, otherwise 1.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        DemoMesh? mesh = null;
        try
        {
            mesh = await DemoMesh.StartAsync(settings, output, cancellation);
            output.WriteLine($"ready after {Elapsed}; control plane {mesh.ControlPlane}, client's outbound port {mesh.Outbound}");
            await ShowAsync(mesh, cancellation);
        }
        catch (ChildFailedException failure)
        {
            _expectations.Check("every process does its part", false, failure.Message, failure.Child);
        }
        catch (RpcException error)
        {
            _expectations.Check("the control plane answers", false, error.Status.ToString(), mesh?.Processes.Take(1) ?? []);
        }
        finally
        {
            if (mesh is not null)
            {
                await mesh.DisposeAsync();
            }
        }

        return Verdict();
    }

    private string Elapsed => $"{time.GetElapsedTime(_start).TotalSeconds:0.0} s";

    private async Task ShowAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        using var telemetry = LoadTelemetry.Start(settings.Otlp, all: true);
        await using var registry = new RegistryView(mesh.ControlPlane, time);
        using var metrics = new EdgeMetrics(Limit, time);
        using var messages = new MessagingView(mesh.ControlPlane);
        using var channels = ServiceChannels.Through(mesh.Outbound, Topology.ClientCalls);
        var workload = new Workload(new ShopCalls(channels, time), time);

        await AwaitHealthy(registry, mesh, cancellation);
        await UsersPolicy.ApplyAsync(mesh.ControlPlane, time, cancellation);
        if (settings.Replicas == 1)
        {
            await messages.KeepAllAsync(cancellation);
        }

        await using var plain = settings.XdsClient ? await PlainClient.StartAsync(mesh.ControlPlane, output, cancellation) : null;
        await metrics.ReadAsync(mesh.Sidecars(), cancellation);

        output.WriteLine($"calling: {Calls.Values.Sum()} calls of all four shapes and over HTTP/1.1, {Concurrency} at once");
        var before = new CallLog();
        await workload.RunAsync(Calls, Concurrency, before, cancellation);
        CheckServed("both instances of users answered", before, Topology.Instances.Where(plan => plan.Service == "users"), mesh);

        var during = new CallLog();
        await KillUnderLoad(mesh, registry, workload, during, cancellation);

        var after = new CallLog();
        await workload.RunAsync(Calls, Concurrency, after, cancellation);
        CheckServed(
            "the other instance answered alone afterwards", after,
            Topology.Instances.Where(plan => plan.Service == "users" && plan != Topology.Victim), mesh);

        if (settings.Replicas > 1)
        {
            await KillControlPlane(mesh, registry, workload, after, cancellation);
        }

        if (plain?.Told() is var (calls, failed))
        {
            _expectations.Check("a client without a sidecar lost no call", calls > 0 && failed == 0, $"{calls} calls, {failed} failed", plain.Process);
        }

        var total = CheckCalls([before, during, after], mesh);
        await CheckEdges(metrics, mesh, cancellation);
        if (settings.Replicas == 1)
        {
            await CheckMessages(messages, total[CallKind.PlaceOrder], mesh, cancellation);
        }

        CheckProcesses(mesh);
        Summary.Write(output, total);
    }

    private async Task AwaitHealthy(RegistryView registry, DemoMesh mesh, CancellationToken cancellation)
    {
        var expected = Topology.Instances.Count;
        output.WriteLine($"waiting until {expected} instances are healthy");
        await registry.UntilAsync(
            instances => instances.Count(IsHealthy) == expected, Limit, cancellation);
        var seen = registry.Instances;
        _expectations.Check(
            $"{expected} instances are registered and healthy",
            seen.Count(IsHealthy) == expected,
            string.Join(", ", seen.Select(instance => $"{instance.Id} {instance.Status}")) + $" after {Elapsed}",
            mesh.Processes);
    }

    private async Task KillUnderLoad(
        DemoMesh mesh, RegistryView registry, Workload workload, CallLog log, CancellationToken cancellation)
    {
        var victim = Topology.Victim;
        var killed = 0L;
        await During(
            stop => Task.WhenAll(
                workload.RunUntilAsync(CallKind.GetUser, Concurrency / 2, log, stop, cancellation),
                workload.RunUntilAsync(CallKind.PlaceOrder, Concurrency / 2, log, stop, cancellation)),
            async () =>
            {
                await log.ReachedAsync(AroundKill).WaitAsync(cancellation);
                killed = time.GetTimestamp();
                await mesh.KillAsync(victim);
                output.WriteLine($"killed {victim.Name} and its sidecar (kill -9) under load; waiting until the registry drops it");
                await log.ReachedAsync(log.Recorded + AroundKill).WaitAsync(cancellation);
            });
        await During(
            stop => workload.RunSteadilyAsync(RateUntilDropped, log, stop),
            () => registry.UntilAsync(
                instances => instances.All(instance => instance.Id != victim.Name),
                Limit, cancellation));

        var removal = registry.Removals.FirstOrDefault(gone => gone.Id == victim.Name);
        _expectations.Check(
            $"the registry dropped {victim.Name}, whose lease is {DemoSettings.LeaseTtl.TotalSeconds:0} s",
            removal is not null,
            removal is null ? "it is still there" : $"{removal.Reason} after {time.GetElapsedTime(killed, removal.Timestamp).TotalSeconds:0.0} s",
            mesh.Processes.Take(1));
    }

    private async Task KillControlPlane(DemoMesh mesh, RegistryView registry, Workload workload, CallLog log, CancellationToken cancellation)
    {
        var there = registry.Instances.Count;
        var gone = registry.Removals.Count;
        await During(
            stop => workload.RunSteadilyAsync(RateUntilDropped, log, stop),
            async () =>
            {
                _killedControlPlane = await mesh.KillControlPlaneAsync();
                output.WriteLine($"killed {_killedControlPlane} under load; waiting until whoever it had held would have left the registry");
                // The session, the lease, and time for the removal.
                await Task.Delay(3 * DemoSettings.LeaseTtl, time, cancellation);
            });
        _expectations.Check(
            $"nobody left the registry because {_killedControlPlane} was killed",
            registry.Instances.Count == there && registry.Removals.Count == gone,
            $"{registry.Instances.Count} of {there} instances are there"
                + string.Concat(registry.Removals.Skip(gone).Select(removal => $", {removal.Id} left: {removal.Reason}")),
            mesh.Processes);
    }

    /// <summary>Makes calls for as long as something else takes, and waits for their end, however that goes.</summary>
    private static async Task During(Func<CancellationToken, Task> load, Func<Task> what)
    {
        using var stop = new CancellationTokenSource();
        var calls = load(stop.Token);
        try
        {
            await what();
        }
        finally
        {
            await stop.CancelAsync();
            await calls;
        }
    }

    private void CheckServed(string what, CallLog log, IEnumerable<InstancePlan> expected, DemoMesh mesh)
    {
        var served = log.ServedBy();
        _expectations.Check(
            what,
            served.Keys.Order().SequenceEqual(expected.Select(plan => plan.Name).Order()),
            string.Join(", ", served.Select(entry => $"{entry.Key} {entry.Value}")),
            mesh.Processes.Where(process => process.Name.StartsWith(Topology.Client, StringComparison.Ordinal)));
    }

    private Dictionary<CallKind, CallFigures> CheckCalls(IReadOnlyList<CallLog> logs, DemoMesh mesh)
    {
        var total = CallKind.All.ToDictionary(kind => kind, _ => new CallFigures());
        foreach (var (kind, figures) in logs.SelectMany(log => log.Take()))
        {
            total[kind].Add(figures);
        }

        foreach (var shape in total.GroupBy(entry => entry.Key.Shape))
        {
            var made = shape.Sum(entry => entry.Value.Calls);
            var planned = 2 * shape.Sum(entry => Calls[entry.Key]);
            _expectations.Check($"{shape.Key} calls were made", made >= planned, $"{made}, planned were {planned}");
        }

        var failures = logs.SelectMany(log => log.Failures).ToList();
        _expectations.Check(
            "no call failed",
            total.Values.Sum(figures => figures.Failures) == 0,
            $"{total.Values.Sum(figures => figures.Failures)} of {total.Values.Sum(figures => figures.Calls)} failed"
                + string.Concat(failures.Select(failure => $"\n    {failure}")),
            mesh.Processes);
        return total;
    }

    private async Task CheckEdges(EdgeMetrics metrics, DemoMesh mesh, CancellationToken cancellation)
    {
        await metrics.ReadAsync(mesh.Sidecars(), cancellation);
        var missing = Topology.Edges.Where(edge => metrics.Calls.GetValueOrDefault(edge) == 0).ToList();
        _expectations.Check(
            "the sidecars counted calls on every edge",
            missing.Count == 0,
            missing.Count == 0
                ? string.Join(", ", Topology.Edges.Select(edge => $"{edge} {metrics.Calls[edge]:0}"))
                : $"none on {string.Join(", ", missing)}",
            mesh.Processes.Where(process => missing.Any(edge => process.Name.StartsWith(edge.From, StringComparison.Ordinal))));
    }

    private async Task CheckMessages(MessagingView messages, CallFigures orders, DemoMesh mesh, CancellationToken cancellation)
    {
        var settled = time.GetTimestamp();
        while (!await messages.IsSettledAsync(cancellation) && time.GetElapsedTime(settled) < Limit)
        {
            await Task.Delay(SettlingPeriod, time, cancellation);
        }

        var created = await messages.CountAsync(MessagingView.OrderCreated, cancellation);
        var sent = await messages.CountAsync(MessagingView.EmailSent, cancellation);
        var placed = orders.Calls - orders.Failures;

        // Those of the steady load that were cut off are orders all the same.
        _expectations.Check(
            "every order led to exactly one e-mail",
            created.Count >= placed && created.Values.All(times => times == 1) && created.Count == sent.Count
                && created.Keys.All(order => sent.GetValueOrDefault(order) == 1),
            $"{placed} orders were answered, {created.Count} told by an event, {sent.Values.Sum()} e-mails sent to {sent.Count}",
            mesh.Processes.Where(process => process.Name.StartsWith("notifications", StringComparison.Ordinal) || process.Name.StartsWith("control-plane", StringComparison.Ordinal)));
        var dead = await messages.DeadAsync("notification", cancellation);
        _expectations.Check(
            "the one message that cannot be delivered is a dead letter",
            dead is [{ Attempts: 3 }],
            dead is [var letter, ..] ? $"{letter.Attempts} attempts: {letter.Reason}" : "there is none",
            mesh.Processes.Where(process => process.Name.StartsWith("notifications", StringComparison.Ordinal)));
    }

    private void CheckProcesses(DemoMesh mesh)
    {
        var ended = mesh.Processes.Where(process => process.HasExited && process.Name != _killedControlPlane
            && !process.Name.StartsWith(Topology.Victim.Name, StringComparison.Ordinal)).ToList();
        _expectations.Check(
            "nothing else ended",
            ended.Count == 0,
            ended.Count == 0 ? $"{mesh.Processes.Count(process => !process.HasExited)} processes ran to the end" : string.Join(", ", ended.Select(process => process.Name)),
            ended);
    }

    private int Verdict()
    {
        var held = _expectations.Broken.Count == 0;
        foreach (var process in held ? [] : _expectations.Concerned)
        {
            output.WriteLine($"--- the end of the log of {process.Name}");
            foreach (var line in process.Tail.TakeLast(15))
            {
                output.WriteLine($"    {line}");
            }
        }

        output.WriteLine(held
            ? $"all {_expectations.Checked} expectations held, in {Elapsed}"
            : $"{_expectations.Broken.Count} of {_expectations.Checked} expectations did not hold, in {Elapsed}:");
        foreach (var broken in _expectations.Broken)
        {
            output.WriteLine($"  ✗ {broken}");
        }

        return held ? 0 : 1;
    }

    private static bool IsHealthy(Instance instance) => instance.Status == ServiceStatus.Healthy;
}
