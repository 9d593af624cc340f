namespace Mesh.ControlPlane.Api;

/// <summary>Makes a peer's text fit to be shown: in a status, on a line of the log.</summary>
internal static class Shown
{
    private const int MaxLength = 512;

    /// <summary>At most 512 characters, control characters replaced by spaces.</summary>
    public static string Text(string text)
    {
        if (text.Length <= MaxLength && !text.Any(char.IsControl))
            return text;
        return string.Create(Math.Min(text.Length, MaxLength), text, static (shown, full) =>
        {
            for (var i = 0; i < shown.Length; i++)
                shown[i] = char.IsControl(full[i]) ? ' ' : full[i];
        });
    }
}
