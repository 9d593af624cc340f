using Mesh.Resources.Yaml;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Reads and checks a static file. Stateless.</summary>
public static class StaticFileReader
{
    /// <summary>Reads the text of a file, which is one document.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="sourceName">The file's name, for the faults.</param>
    /// <param name="file">What was read; only to be used on success.</param>
    /// <param name="faults">On failure a line each, <c>FILE:LINE:COLUMN: path.to.field: what is wrong; what would be right</c>.</param>
    public static bool TryRead(string text, string sourceName, out StaticFile file, out IReadOnlyList<string> faults)
    {
        var found = new FaultList(sourceName);
        var document = ResourceYaml.ReadOne(text, found, out file);
        if (document is not null && found.IsEmpty)
        {
            found.Add(document, file, StaticFileValidation.Check(file));
        }

        faults = found.Lines;
        return found.IsEmpty;
    }
}
