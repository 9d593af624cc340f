using Microsoft.Extensions.Logging;

namespace Mesh.Hosting;

/// <summary>
/// Has those who log by Microsoft.Extensions.Logging write to a <see cref="Log"/>: the same lines, and nobody waits. The
/// lines of libraries name their category. Any thread.
/// </summary>
public sealed class LineLoggerProvider(Log log) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        new Logger(log, categoryName.StartsWith("Mesh.", StringComparison.Ordinal) ? "" : categoryName + ": ");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Logger(Log log, string prefix) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= log.Level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var message = prefix + formatter(state, exception);
                log.Write(logLevel, exception is null ? message : $"{message}: {exception}");
            }
        }
    }
}
