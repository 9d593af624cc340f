using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Tests.Discovery;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Sidecar.Tests.Health;

public sealed class HealthMonitorTests
{
    private readonly ToldText _told = new();

    [Fact]
    public async Task It_follows_the_app_and_says_why()
    {
        await using var app = await CheckedApp.StartAsync();
        app.Say(false);
        using var stop = new CancellationTokenSource();
        var changes = 0;
        var monitor = Monitor(new HealthOption(HealthKind.Grpc), app);
        monitor.Changed += () => Interlocked.Increment(ref changes);
        var running = monitor.RunAsync(stop.Token);

        await Wait.UntilAsync(() => monitor.Current is { Status: AppStatus.Starting, Reason: "it says NotServing" });
        Assert.False(monitor.FirstSuccess.IsCompleted);
        app.Say(true);
        await monitor.FirstSuccess.WaitAsync(Wait.Limit);
        await Wait.UntilAsync(() => monitor.Current is { Status: AppStatus.Healthy, Reason: "" });
        app.Say(false);
        await Wait.UntilAsync(() => monitor.Current is { Status: AppStatus.Unhealthy, Reason: "it says NotServing" });
        app.Say(true);
        await Wait.UntilAsync(() => monitor.Current.Status == AppStatus.Healthy);
        await Wait.UntilAsync(() => Volatile.Read(ref changes) == 3);

        await stop.CancelAsync();
        await running.WaitAsync(Wait.Limit);
        Assert.Contains("is unhealthy: it says NotServing", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_does_not_answer_in_time_is_not_waited_for()
    {
        await using var app = await CheckedApp.StartAsync(HttpProtocols.Http1);
        using var stop = new CancellationTokenSource();
        var monitor = Monitor(new HealthOption(HealthKind.Http, "/slow"), app);
        var running = monitor.RunAsync(stop.Token);
        await Wait.UntilAsync(() => monitor.Current.Reason == "no answer within 1s");
        await stop.CancelAsync();
        await running.WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task One_that_is_not_to_be_checked_counts_as_healthy()
    {
        var monitor = new HealthMonitor(
            new HealthOption(HealthKind.None), Sole.App("app", "app-1", "127.0.0.1:1").Endpoint, new Random(1), TimeProvider.System, new Log(LogLevel.Information, _told, TimeProvider.System));
        await monitor.RunAsync(CancellationToken.None).WaitAsync(Wait.Limit);
        Assert.True(monitor.FirstSuccess.IsCompletedSuccessfully);
        Assert.Equal(AppStatus.Healthy, monitor.Current.Status);
    }

    private HealthMonitor Monitor(HealthOption option, CheckedApp app) => new(
        option,
        app.Endpoint,
        new Random(1),
        TimeProvider.System,
        new Log(LogLevel.Information, _told, TimeProvider.System),
        interval: TimeSpan.FromMilliseconds(20));
}
