namespace Mesh.Tests;

/// <summary>
/// The checkout that the tests run in, found from where they lie: the paths of source files that a compiler writes into them
/// name no folder where <c>CI</c> is <c>true</c>.
/// </summary>
internal static class RepositoryRoot
{
    /// <summary>The folder with Mesh.sln.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Mesh.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests do not run within a checkout: there is no Mesh.sln above them.");
    }
}
