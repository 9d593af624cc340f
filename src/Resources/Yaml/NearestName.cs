namespace Mesh.Resources.Yaml;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The known name with the fewest edits, if few enough; otherwise null.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        // A third of the letters wrong is no longer a slip. Longer names are not worth the quadratic work.
        const int longest = 64;
        if (name.Length is 0 or > longest)
        {
            return null;
        }

        string? best = null;
        var fewest = Math.Max(2, name.Length / 3) + 1;
        foreach (var candidate in known)
        {
            var edits = Edits(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (edits < fewest && edits < candidate.Length)
            {
                best = candidate;
                fewest = edits;
            }
        }

        return best;
    }

    // Levenshtein's distance, a row at a time.
    private static int Edits(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
