using Microsoft.Extensions.Logging;

namespace Mesh.Hosting;

/// <summary>The levels of a log by name, the same in options, pages and lines: trace, debug, info, warning, error, off.</summary>
public static class LogLevels
{
    private static readonly (string Name, LogLevel Value)[] Table =
    [
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error), ("off", LogLevel.None),
    ];

    /// <summary>As people write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(entry => entry.Name)];

    /// <summary>For an option.</summary>
    public static ValueKind<LogLevel> Kind { get; } = ValueKinds.OneOf(Table) with { TryParse = TryParse };

    /// <summary>Its name.</summary>
    public static string Word(LogLevel level) =>
        level == LogLevel.Critical ? "error" : Array.Find(Table, entry => entry.Value == level).Name;

    /// <summary>Reads a name; <c>warn</c>, as many write it, is <c>warning</c>.</summary>
    public static bool TryParse(string text, out LogLevel level)
    {
        foreach (var entry in Table)
        {
            if (entry.Name == text || (text == "warn" && entry.Value == LogLevel.Warning))
            {
                level = entry.Value;
                return true;
            }
        }

        level = default;
        return false;
    }
}
