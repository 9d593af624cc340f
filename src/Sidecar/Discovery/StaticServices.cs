using Mesh.Resources;

namespace Mesh.Sidecar.Discovery;

/// <summary>Reads a static file into the directory.</summary>
internal static class StaticServices
{
    /// <param name="path">The file.</param>
    /// <param name="directory">Told what is in it, if all of it is right.</param>
    /// <param name="faults">One line each, with their places.</param>
    public static bool TryLoad(string path, ServiceDirectory directory, out IReadOnlyList<string> faults)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults = [$"{path}: {e.Message}"];
            return false;
        }

        if (!StaticFileReader.TryRead(text, path, out var file, out faults))
        {
            return false;
        }

        foreach (var service in file.Services)
        {
            directory.SetEndpoints(service.Name, version: 0, isKnown: true, service.Endpoints);
            directory.SetPolicy(service.Name, version: 0, PolicyTranslation.ToPolicy(service.Config));
        }

        directory.Publish();
        return true;
    }
}
