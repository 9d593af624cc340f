using System.Reflection;

namespace Mesh.Hosting;

/// <summary>The version of the program that runs.</summary>
public static class ProgramVersion
{
    /// <summary>What <c>--version</c> prints: <c>meshctl 1.2.3</c>.</summary>
    /// <param name="executable">Its name.</param>
    public static string Line(string executable) => $"{executable} {Text}";

    /// <summary><c>1.2.3</c>; all programs of the mesh have the same.</summary>
    public static string Text { get; } = (Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly).GetName().Version?.ToString(3) ?? "0.0.0";
}
