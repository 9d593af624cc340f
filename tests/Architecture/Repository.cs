using Mesh.Tests;

namespace Mesh.Architecture;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    private static readonly string[] Made = ["bin", "obj", "artifacts", "node_modules", ".git"];

    /// <summary>The folder with Mesh.sln.</summary>
    public static string Root => RepositoryRoot.Path;

    /// <summary>Files by the end of their name, in a folder and all below it, without what a build or an install has made.</summary>
    public static IEnumerable<string> Files(string folder, string extension) =>
        Directory.EnumerateFiles(folder, "*" + extension).Concat(
            Directory.EnumerateDirectories(folder).Where(below => !Made.Contains(Path.GetFileName(below))).SelectMany(below => Files(below, extension)));
}
