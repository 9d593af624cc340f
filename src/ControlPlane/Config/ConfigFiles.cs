using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>The YAML resources a control plane is started with: one file of any number of documents, or a folder of such.</summary>
internal static class ConfigFiles
{
    /// <summary>Reads and checks a file, or every *.yaml and *.yml directly in a folder, in the order of their names.</summary>
    /// <param name="path">Of the file or folder.</param>
    /// <param name="resources">At most one per service.</param>
    /// <param name="faults">On failure every fault, a line each, beginning with the file.</param>
    public static bool TryRead(string path, out IReadOnlyList<ConfigResource> resources, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        var read = new Dictionary<string, (ConfigResource Resource, string File)>(StringComparer.Ordinal);
        foreach (var file in FilesOf(path, found))
        {
            foreach (var resource in Read(file, found))
            {
                if (!read.TryAdd(resource.Service, (resource, file)))
                    found.Add($"{file}: {resource.Service}: is given more than once, first in {read[resource.Service].File}");
            }
        }
        resources = [.. read.Values.Select(entry => entry.Resource)];
        faults = found;
        return found.Count == 0;
    }

    private static string[] FilesOf(string path, List<string> faults)
    {
        if (File.Exists(path))
            return [path];
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
            faults.Add($"'{path}' holds no *.yaml and no *.yml file");
        return files;
    }

    private static IEnumerable<ConfigResource> Read(string file, List<string> faults)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{file}: cannot be read: {unreadable.Message}");
            return [];
        }
        if (!ResourceYaml.TryReadAll<ConfigResource>(text, file, out var resources, out var errors))
        {
            faults.AddRange(errors);
            return [];
        }
        faults.AddRange(resources
            .SelectMany(resource => ConfigValidation.Validate(resource.Service, resource.Config))
            .Select(fault => $"{file}: {fault}"));
        return resources;
    }
}
