using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.Circuits;
using Mesh.Sidecar.Tests.Discovery;
using Mesh.Sidecar.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Telemetry;

/// <summary>A circuit is told of at once, and what repeats is summed up.</summary>
public sealed class CircuitLogTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ToldText _text = new();
    private readonly CancellationTokenSource _end = new();
    private readonly CircuitLog _log;
    private readonly EjectionShare _share = new(1, 100);
    private readonly Endpoint _first = EndpointOf("orders-1");
    private readonly Endpoint _second = EndpointOf("orders-2");
    private readonly Task _running;

    public CircuitLogTests()
    {
        _log = new CircuitLog(new Log(Microsoft.Extensions.Logging.LogLevel.Information, _text, _clock), _clock);
        _running = _log.RunAsync(_end.Token);
    }

    [Fact]
    public async Task The_first_of_each_endpoint_and_kind_is_told_at_once()
    {
        Report(_first, CircuitChangeKind.Opened);
        Report(_second, CircuitChangeKind.Opened);
        Report(_first, CircuitChangeKind.Closed);
        await Wait.UntilAsync(() => Lines().Count == 3);
        Assert.Contains("warning circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: opened", Lines()[0], StringComparison.Ordinal);
        Assert.Contains("instance 'orders-2'", Lines()[1], StringComparison.Ordinal);
        Assert.Contains("info circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: closed", Lines()[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_repeats_is_counted_and_summed_up_and_afterwards_it_is_told_at_once_again()
    {
        Report(_first, CircuitChangeKind.Opened);
        await Wait.UntilAsync(() => Lines().Count == 1);
        for (var i = 0; i < 7; i++)
        {
            Report(_first, CircuitChangeKind.Opened);
        }

        // Another kind shows that those before it were taken, and not told.
        Report(_first, CircuitChangeKind.Closed);
        await Wait.UntilAsync(() => Lines().Count == 2);
        await AdvanceUntilAsync(() => Lines().Count == 3);
        Assert.EndsWith("(7 times since it was last said)", Lines()[2], StringComparison.Ordinal);

        // Nothing more has come: there is nothing to sum up, and the next is news.
        _clock.Advance(CircuitLog.Quiet);
        _clock.Advance(CircuitLog.Quiet);
        Report(_first, CircuitChangeKind.Opened);
        await Wait.UntilAsync(() => Lines().Count == 4);
        Assert.DoesNotContain("times", Lines()[3], StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _text.Dispose();
    }

    private static Endpoint EndpointOf(string id) =>
        new("orders", id, "127.0.0.1:5", new EndpointState(id, new CircuitBreaker(BreakerOptions.Default, new EjectionShare(1, 100))));

    private void Report(Endpoint endpoint, CircuitChangeKind kind) =>
        _log.Report(endpoint, _share, new CircuitChange(kind, 5, Outcome.FromGrpc(GrpcStatus.Unavailable), TimeSpan.TicksPerMinute));

    /// <summary>The reader sets its timer in its own time.</summary>
    private async Task AdvanceUntilAsync(Func<bool> condition) => await Wait.UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return condition() || _running.IsCompleted;
    });

    private List<string> Lines() => [.. _text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))];
}
