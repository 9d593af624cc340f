using System.Globalization;

namespace Mesh.Bench.Load.Reporting;

/// <summary>Figures as a table has them.</summary>
internal static class Numbers
{
    private const string None = "–";

    public static double? Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? null
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static IEnumerable<double> Known(this IEnumerable<double?> values) => values.OfType<double>();

    /// <summary>With three digits that count.</summary>
    public static string Figure(double? value) => value switch
    {
        null => None,
        { } v when Math.Abs(v) >= 100 => v.ToString("N0", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 10 => v.ToString("N1", CultureInfo.InvariantCulture),
        { } v => v.ToString("N2", CultureInfo.InvariantCulture),
    };

    public static string Ratio(double? value) => value?.ToString("N2", CultureInfo.InvariantCulture) ?? None;

    public static string Percent(double? value) => value?.ToString("P0", CultureInfo.InvariantCulture) ?? None;

    public static string Megabytes(double? bytes) => bytes is null ? None : (bytes.Value / 1024 / 1024).ToString("N1", CultureInfo.InvariantCulture);
}
