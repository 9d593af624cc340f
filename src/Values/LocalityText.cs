namespace Mesh;

/// <summary>
/// Where an instance runs, as options, files and the registry say it: a region and maybe a zone of it, <c>REGION/ZONE</c>.
/// What one side registers by this rule the other can use.
/// </summary>
public static class LocalityText
{
    /// <summary>Of a region or a zone, in UTF-16 units.</summary>
    public const int MaxPart = 128;

    /// <summary>What is wrong with a region or a zone, which may be empty; null if nothing is.</summary>
    public static string? WhyNoPart(string part) =>
        part.Length > MaxPart ? $"{part.Length} characters are too many; at most {MaxPart}"
        : part.Contains('/') ? $"'{PrintableText.Of(part)}' has a '/', which separates region and zone; leave it out"
        : PrintableText.WhyNot(part);

    /// <summary>What is wrong with both together; null if nothing is.</summary>
    public static string? WhyNot(string text)
    {
        var parts = text.Split('/', 3);
        return parts.Length > 2
            ? $"'{PrintableText.Of(text, MaxPart)}' has more than one '/'; write REGION/ZONE"
            : parts.Select(WhyNoPart).FirstOrDefault(why => why is not null);
    }

    /// <summary>Both together; empty if there is neither.</summary>
    public static string Join(string region, string zone) => zone.Length == 0 ? region : $"{region}/{zone}";

    /// <summary>The parts of a text that is right.</summary>
    public static (string Region, string Zone) Split(string text)
    {
        var at = text.IndexOf('/', StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }
}
