using Mesh.Resources;
using Mesh.Resources.Files;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>The YAML resources a control plane is started with: one file of any number of documents, or a folder of such.</summary>
internal static class ConfigFiles
{
    /// <summary>Reads and checks a file, or every *.yaml and *.yml directly in a folder, in the order of their names.</summary>
    /// <param name="path">Of the file or folder.</param>
    /// <param name="resources">At most one per service.</param>
    /// <param name="faults">On failure every fault, a line each, beginning with the file and the place in it.</param>
    public static bool TryRead(string path, out IReadOnlyList<ConfigResource> resources, out IReadOnlyList<string> faults)
    {
        var unreadable = new List<string>();
        var reader = new ConfigReader();
        foreach (var file in FilesOf(path, unreadable))
        {
            if (TextOf(file, unreadable) is { } text)
            {
                reader.Read(text, file);
            }
        }

        resources = reader.Resources;
        faults = [.. unreadable, .. reader.Faults];
        return faults.Count == 0;
    }

    private static string[] FilesOf(string path, List<string> faults)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            faults.Add($"'{path}' is neither a file nor a folder");
            return [];
        }

        string[] files =
        [
            .. Directory.EnumerateFiles(path)
                .Where(file => Path.GetExtension(file) is ".yaml" or ".yml")
                .Order(StringComparer.Ordinal),
        ];
        // An empty folder is more likely a slip than a wish.
        if (files.Length == 0)
        {
            faults.Add($"'{path}' holds no *.yaml and no *.yml file");
        }

        return files;
    }

    private static string? TextOf(string file, List<string> faults)
    {
        if (ResourceFile.TryRead(file, out var text, out var fault))
        {
            return text;
        }

        faults.Add(fault);
        return null;
    }
}
