using System.Globalization;

namespace Mesh;

/// <summary>Sizes in memory as people write them: a whole number of bytes, or of Ki, Mi, Gi or Ti (1024 and its powers).</summary>
public static class SizeText
{
    private static readonly string[] Units = ["", "Ki", "Mi", "Gi", "Ti"];

    /// <param name="text"><c>64Mi</c>.</param>
    /// <param name="bytes">0 or more.</param>
    public static bool TryParse(string text, out long bytes)
    {
        var digits = text.AsSpan().TrimEnd("KMGTi");
        var power = Array.IndexOf(Units, text[digits.Length..]);
        if (power < 0 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) || bytes > long.MaxValue >> (10 * power))
        {
            bytes = 0;
            return false;
        }

        bytes <<= 10 * power;
        return true;
    }

    /// <summary>In the largest unit of which it is a whole number.</summary>
    public static string Format(long bytes)
    {
        var power = 0;
        while (bytes != 0 && bytes % 1024 == 0 && power < Units.Length - 1)
        {
            bytes /= 1024;
            power++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{Units[power]}");
    }
}
