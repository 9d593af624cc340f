using System.Reflection;

namespace Mesh.Hosting;

/// <summary>The version of the program that runs.</summary>
public static class ProgramVersion
{
    /// <summary><c>1.2.3</c>; all programs of the mesh have the same.</summary>
    public static string Text { get; } = (Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly).GetName().Version?.ToString(3) ?? "0.0.0";
}
