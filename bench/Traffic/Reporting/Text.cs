using System.Globalization;

namespace Mesh.Bench.Traffic.Reporting;

/// <summary>Figures as people read them; the same on every machine.</summary>
internal static class Text
{
    public static string Milliseconds(double ms) => ms.ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    public static string Times(double factor) => factor.ToString("0.000", CultureInfo.InvariantCulture) + " ×";

    public static string Percent(double share) => (share * 100).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
