namespace Mesh.Sidecar.Telemetry;

/// <summary>What the sidecar tells an operator, one line each, from the level that is set. Any thread, but not the request path.</summary>
internal sealed class Log(LogLevel level, TextWriter output, TimeProvider time)
{
    private static readonly string[] Words = ["debug", "info", "warn", "error"];

    private volatile LogLevel _level = level;

    /// <summary>Lines below it are left out. May be changed at any time.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>The levels as options and pages have them.</summary>
    public static IReadOnlyList<string> Levels => Words;

    public static string Word(LogLevel level) => Words[(int)level];

    public static bool TryParse(string word, out LogLevel level)
    {
        level = (LogLevel)Array.IndexOf(Words, word);
        return level >= 0;
    }

    public void Debug(string message) => Write(LogLevel.Debug, message);

    public void Info(string message) => Write(LogLevel.Info, message);

    public void Warn(string message) => Write(LogLevel.Warn, message);

    public void Error(string message) => Write(LogLevel.Error, message);

    private void Write(LogLevel level, string message)
    {
        if (level >= _level)
        {
            output.WriteLine($"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Word(level)} {message.ReplaceLineEndings(" ")}");
        }
    }
}
