namespace Mesh.Policy.Sharing;

/// <summary>
/// How a limit is divided among those who share it, by what they need: max-min fair, so that nobody gets less than another who needs no more
/// unless it needs less. Pure.
/// </summary>
public static class LimitDivision
{
    /// <summary>Of what is there to be divided, kept for who comes before it is divided anew.</summary>
    public const double Kept = 0.005;

    /// <summary>Divided evenly, whatever anybody needs: who has needed nothing so far can begin.</summary>
    public const double Even = 0.005;

    /// <summary>What one gets beyond what it needs, so that chance alone refuses none of its calls, and that a growing need shows.</summary>
    public const double Headroom = 1.01;

    /// <summary>Divides.</summary>
    /// <param name="wanted">What each needs, in parts of the whole; what is above 1 counts as 1. Not negative.</param>
    /// <param name="parts">What each gets: above 0, and together no more than 1 - <paramref name="reserved"/>. As many.</param>
    /// <param name="reserved">What others have for now, 0 to 1.</param>
    public static void Divide(ReadOnlySpan<double> wanted, Span<double> parts, double reserved = 0)
    {
        if (wanted.Length == 0)
        {
            return;
        }

        var whole = Math.Max(LimitShare.Least, (1 - reserved) * (1 - Kept));
        var least = whole * Even / wanted.Length;
        var sum = 0.0;
        for (var i = 0; i < wanted.Length; i++)
        {
            parts[i] = Math.Max(least, Math.Min(1, wanted[i]) * Headroom);
            sum += parts[i];
        }

        if (sum <= whole)
        {
            // Half of what is left to each alike, half by what it needs: whoever begins finds some, and whoever grows finds more.
            var half = (whole - sum) / 2;
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] += half * ((1.0 / parts.Length) + (parts[i] / sum));
            }

            return;
        }

        var level = LevelOf(parts, whole);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Math.Min(parts[i], level);
        }
    }

    /// <summary>What nobody gets more than, where together they want more than there is.</summary>
    private static double LevelOf(ReadOnlySpan<double> claims, double whole)
    {
        var ordered = claims.ToArray();
        Array.Sort(ordered);
        var left = whole;
        for (var i = 0; i < ordered.Length; i++)
        {
            var level = left / (ordered.Length - i);
            if (ordered[i] >= level)
            {
                return level;
            }

            left -= ordered[i];
        }

        return ordered[^1];
    }
}
