namespace Mesh.ControlPlane.Config;

/// <summary>What is wrong with what a request says of its author and reason.</summary>
internal static class OriginFaults
{
    /// <summary>Characters of a reason.</summary>
    public const int MaxReason = 1024;

    private const int MaxAuthor = 256;

    /// <summary>A line per fault, by field; empty if both are fit to be kept and shown.</summary>
    public static List<string> Of(string author, string reason) =>
        [.. Of("author", author, MaxAuthor), .. Of("reason", reason, MaxReason)];

    private static IEnumerable<string> Of(string field, string text, int max)
    {
        if (text.Length > max)
        {
            yield return $"{field}: {text.Length} characters are too many; at most {max}";
        }
        else if (PrintableText.WhyNot(text) is { } why)
        {
            yield return $"{field}: {why}";
        }
    }
}
