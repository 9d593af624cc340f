using Microsoft.Extensions.Logging.Console;

namespace Mesh.Sidecar;

/// <summary>
/// What the sidecar tells on stderr, a line each: stdout is for the lines that scripts wait for. Any thread; never called
/// on the path of a request.
/// </summary>
internal sealed class SidecarLog : IDisposable
{
    /// <summary>The levels by their names, the chattiest first.</summary>
    public static readonly (string Name, LogLevel Value)[] Levels =
    [
        ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warn", LogLevel.Warning), ("error", LogLevel.Error),
    ];

    private readonly ILoggerFactory _factory;
    private volatile int _level;

    public SidecarLog(LogLevel level)
    {
        Level = level;
        _factory = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Debug)
            .AddFilter((_, entry) => entry >= Level)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            })
            .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
    }

    /// <summary>From here on it is told; may be set while the process runs.</summary>
    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }

    /// <param name="room">Who tells: "discovery", "registration".</param>
    public ILogger For(string room) => _factory.CreateLogger(room);

    /// <summary>What has been told is written.</summary>
    public void Dispose() => _factory.Dispose();
}
