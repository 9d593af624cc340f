namespace Mesh.ControlPlane.Api;

/// <summary>A peer's text, quoted to it in a status or kept to be shown.</summary>
internal static class Shown
{
    private const int MaxLength = 128;

    /// <summary>What is for printing of its first 128 characters.</summary>
    public static string Text(string text) => PrintableText.Of(text, MaxLength);
}
