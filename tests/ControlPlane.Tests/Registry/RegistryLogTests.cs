using Mesh.ControlPlane.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Registry;

public sealed class RegistryLogTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Lines _lines = new();
    private readonly RegistryLog _log;

    public RegistryLogTests() => _log = new RegistryLog(_time, _lines);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_few_events_are_a_line_each()
    {
        for (var i = 0; i < 10; i++)
        {
            Register(i);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"registered i{i}"), _lines.All);
    }

    [Fact]
    public void A_burst_is_a_few_lines_and_a_sum_by_what_has_happened()
    {
        for (var i = 0; i < 322; i++)
        {
            Register(i);
        }

        for (var i = 0; i < 5; i++)
        {
            _log.Event(LogLevel.Warning, "lost the leases of", "orders", $"lost");
        }

        Assert.Equal(10, _lines.All.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            ["lost the leases of 5 more instances of 1 services in the last 1 s", "registered 312 more instances of 40 services in the last 1 s"],
            _lines.All.Skip(10));

        // The next second begins anew.
        Register(1);
        Assert.Equal(13, _lines.All.Count);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(13, _lines.All.Count);
    }

    private void Register(int i) => _log.Event(LogLevel.Information, "registered", $"service-{i % 40}", $"registered i{i}");

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
