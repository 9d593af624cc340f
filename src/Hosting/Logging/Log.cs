using Microsoft.Extensions.Logging;

namespace Mesh.Hosting;

/// <summary>
/// What a program tells an operator, one line each, from the level that is set. Any thread, but not the request path. It
/// neither waits nor throws if its output does not (<see cref="Stdio"/>).
/// </summary>
/// <param name="level">Lines below it are left out.</param>
/// <param name="output">Where the lines go; safe for many threads.</param>
/// <param name="time">For the lines' beginning.</param>
public sealed class Log(LogLevel level, TextWriter output, TimeProvider time)
{
    private volatile LogLevel _level = level;

    /// <summary>Lines below it are left out. May be changed at any time.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>For what only a developer of the program asks for.</summary>
    public void Debug(string message) => Write(LogLevel.Debug, message);

    /// <summary>For what happens in the ordinary course.</summary>
    public void Info(string message) => Write(LogLevel.Information, message);

    /// <summary>For what somebody may have to look after.</summary>
    public void Warn(string message) => Write(LogLevel.Warning, message);

    /// <summary>For what somebody has to look after.</summary>
    public void Error(string message) => Write(LogLevel.Error, message);

    /// <summary>A line of any level.</summary>
    public void Write(LogLevel level, string message)
    {
        if (level >= _level)
        {
            output.WriteLine($"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {LogLevels.Word(level)} {PrintableText.Of(message)}");
        }
    }
}
