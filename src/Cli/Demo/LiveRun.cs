using Mesh.Cli.Load;
using Mesh.V1;
using Spectre.Console;

namespace Mesh.Cli.Demo;

/// <summary><c>meshctl demo</c>: a steady load on the mesh, shown live until Ctrl-C, with an instance killed on the way.</summary>
internal sealed class LiveRun(DemoSettings settings, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan FramePeriod = TimeSpan.FromSeconds(1);

    /// <summary>For a sidecar's page: the frame does not wait for one that was just killed.</summary>
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(2);

    /// <summary>A bound on what hangs, not on what is slow.</summary>
    private static readonly TimeSpan HealthyLimit = TimeSpan.FromMinutes(3);

    private readonly CallLog _log = new();
    private long _calls;
    private long _failures;

    /// <summary>0 when told to stop and no call has failed, otherwise 1.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        await using var mesh = await DemoMesh.StartAsync(settings, output, stop);
        output.WriteLine($"control plane {mesh.ControlPlane}, client's outbound port {mesh.Outbound}");

        using var telemetry = LoadTelemetry.Start(settings.Otlp, all: false);
        await using var registry = new RegistryView(mesh.ControlPlane, time);
        using var channels = ServiceChannels.Through(mesh.Outbound, Topology.ClientCalls);
        await AwaitHealthyAsync(registry, stop);
        await UsersPolicy.ApplyAsync(mesh.ControlPlane, time, stop);

        await using var plain = settings.XdsClient ? await PlainClient.StartAsync(mesh.ControlPlane, output, stop) : null;
        var news = new NewsFeed(time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = new Workload(new ShopCalls(channels, time), time).RunSteadilyAsync(settings.Rate, _log, end.Token);
        var story = new LiveStory(mesh, registry, news, () => (Interlocked.Read(ref _calls), Interlocked.Read(ref _failures)), time).RunAsync(end.Token);
        try
        {
            await ViewAsync(mesh, registry, news, end.Token);
            await story;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C: that is how a live demo ends.
        }
        finally
        {
            await end.CancelAsync();
            await load;
            await Task.WhenAny(story);
        }

        Count(_log.Take());
        output.WriteLine($"{_calls} calls, {_failures} failed");
        if (plain?.Told() is var (calls, failed))
        {
            output.WriteLine($"{calls} calls without a sidecar, {failed} failed");
        }

        foreach (var failure in _log.Failures)
        {
            output.WriteLine($"  {failure}");
        }

        return _failures == 0 ? 0 : 1;
    }

    private async Task AwaitHealthyAsync(RegistryView registry, CancellationToken stop)
    {
        output.WriteLine($"waiting until {Topology.Instances.Count} instances are healthy");
        output.Flush();
        if (!await registry.UntilAsync(instances => instances.Count(IsHealthy) == Topology.Instances.Count, HealthyLimit, stop))
        {
            var seen = string.Join(", ", registry.Instances.Select(instance => $"{instance.Id} {instance.Status}"));
            throw new CliException($"not all instances became healthy within {HealthyLimit.TotalMinutes:0} min: {(seen.Length == 0 ? "none is registered" : seen)}");
        }
    }

    private static bool IsHealthy(Instance instance) => instance.Status == ServiceStatus.Healthy;

    private async Task ViewAsync(DemoMesh mesh, RegistryView registry, NewsFeed news, CancellationToken stop)
    {
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            await AnsiConsole.Live(new Text("")).StartAsync(live =>
                FramesAsync(mesh, registry, news, frame => live.UpdateTarget(LiveTable.Draw(frame, AnsiConsole.Profile.Width, AnsiConsole.Profile.Height)), stop));
        }
        else
        {
            await FramesAsync(mesh, registry, news, new LiveLines(output).Write, stop);
        }
    }

    private async Task FramesAsync(
        DemoMesh mesh, RegistryView registry, NewsFeed news, Action<LiveFrame> show, CancellationToken stop)
    {
        using var metrics = new EdgeMetrics(PageLimit, time);
        using var messages = new MessagingView(mesh.ControlPlane);
        using var timer = new PeriodicTimer(FramePeriod, time);
        var start = time.GetTimestamp();
        var last = start;
        while (await timer.WaitForNextTickAsync(stop))
        {
            var edges = await metrics.ReadAsync(mesh.Sidecars(), stop);
            var taken = _log.Take();
            var seconds = time.GetElapsedTime(last).TotalSeconds;
            last = time.GetTimestamp();
            var all = Count(taken);
            var own = CallKind.All.Select(kind => (
                $"{Topology.Client} → {kind.Service}/{kind.Method}",
                EdgeRate.Of(taken.GetValueOrDefault(kind) ?? new CallFigures(), seconds)));
            var between = Topology.Edges.Where(edge => edge.From != Topology.Client)
                .Select(edge => (edge.ToString(), edges.GetValueOrDefault(edge, EdgeRate.Of(new CallFigures(), seconds))));
            show(new LiveFrame(
                time.GetElapsedTime(start), [.. own, .. between], EdgeRate.Of(all, seconds), _calls, _failures, registry.Instances,
                settings.Replicas == 1 ? await messages.LineAsync(stop) : "", news.All));
        }
    }

    private CallFigures Count(IReadOnlyDictionary<CallKind, CallFigures> taken)
    {
        var all = new CallFigures();
        foreach (var figures in taken.Values)
        {
            all.Add(figures);
        }

        Interlocked.Add(ref _calls, all.Calls);
        Interlocked.Add(ref _failures, all.Failures);
        return all;
    }
}
