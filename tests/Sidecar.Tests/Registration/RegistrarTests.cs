using Google.Protobuf.WellKnownTypes;
using Mesh.Hosting;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Tests.Discovery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Registration;

public sealed class RegistrarTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ToldText _told = new();
    private readonly Log _log;
    private ScriptedRegistry _registry = null!;
    private ControlPlaneChannels? _channels;
    private Registrar _registrar = null!;
    private Task _running = Task.CompletedTask;

    public RegistrarTests() => _log = new Log(LogLevel.Information, _told, _time);

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Wait.Limit);
        _channels?.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task A_heartbeat_without_an_answer_for_a_third_of_the_lease_has_it_register_on_another_connection_while_the_lease_lasts()
    {
        Start(_registry.Url);
        var first = await NextAsync(_registry);
        await AdvanceUntilAsync(() => _registry.Heartbeats > 0);
        _registry.FallSilent();
        var silent = _time.GetTimestamp();
        var second = await NextAsync(_registry);
        Assert.NotEqual(first, second);
        Assert.InRange(_time.GetElapsedTime(silent), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await AdvanceUntilAsync(() => _registrar.State.IsRegistered);
        Assert.Contains("lost the registration of orders/orders-1: a heartbeat has had no answer for ", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_registers_with_the_next_of_the_list_while_the_lease_lasts()
    {
        await using var other = await ScriptedRegistry.StartAsync();
        Start(_registry.Url, other.Url);
        await NextAsync(_registry);
        await AdvanceUntilAsync(() => _registry.Heartbeats > 0);
        _registry.FallSilent();
        var silent = _time.GetTimestamp();
        await NextAsync(other);
        Assert.InRange(_time.GetElapsedTime(silent), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    [InlineData(1, -5)]
    [InlineData(31_536_000, 0)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public async Task A_lease_that_makes_no_sense_is_taken_for_one_that_does_and_said_once(long seconds, int nanos)
    {
        _registry.LeaseTtl = new Duration { Seconds = seconds, Nanos = nanos };
        Start(_registry.Url);
        await NextAsync(_registry);
        await AdvanceUntilAsync(() => _registrar.State.IsRegistered);
        Assert.InRange(_registrar.State.LeaseTtl!.Value, LeaseTimes.Shortest, LeaseTimes.Longest);
        Assert.Single(_told.ToString().Split('\n'), line => line.Contains("which is not within 100ms to 1h", StringComparison.Ordinal));
        Assert.DoesNotContain("defect", _told.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> NextAsync(ScriptedRegistry registry)
    {
        var next = registry.RegistrationAsync();
        await AdvanceUntilAsync(() => next.IsCompleted);
        return await next;
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        if (condition())
        {
            return true;
        }

        _time.Advance(TimeSpan.FromMilliseconds(10));
        return false;
    });

    private void Start(params Uri[] urls)
    {
        var options = new SidecarOptions { Service = "orders", InstanceId = "orders-1", Health = new HealthOption(HealthKind.None) };
        var app = new Mesh.Sidecar.Upstream.Endpoint("orders", "app", "127.0.0.1:1", new EndpointState("app", new CircuitBreaker(new BreakerOptions())));
        var health = new HealthMonitor(options.Health, app, new Random(1), _time, _log);
        _channels = new ControlPlaneChannels(urls, _time, _log);
        var address = new HostPort("127.0.0.1", 15006);
        _registrar = new Registrar(options, address, health, _channels, new Random(1), _time, _log);
        _running = _registrar.RunAsync(_stop.Token);
    }
}
