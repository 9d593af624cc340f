using Mesh.Resources.Warnings;
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
    public static bool TryRead(string text, string sourceName, out StaticFile file, out IReadOnlyList<string> faults) =>
        TryRead(text, sourceName, out file, out faults, out _);

    /// <inheritdoc cref="TryRead(string, string, out StaticFile, out IReadOnlyList{string})"/>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="sourceName">The file's name, for the faults.</param>
    /// <param name="file">What was read; only to be used on success.</param>
    /// <param name="faults">On failure a line each, <c>FILE:LINE:COLUMN: path.to.field: what is wrong; what would be right</c>.</param>
    /// <param name="warnings">What it says in vain, as <paramref name="faults"/>.</param>
    public static bool TryRead(string text, string sourceName, out StaticFile file, out IReadOnlyList<string> faults, out IReadOnlyList<string> warnings)
    {
        var inVain = new FaultList(sourceName);
        var found = new FaultList(sourceName);
        var document = ResourceYaml.ReadOne(text, found, out file);
        if (document is not null && found.IsEmpty)
        {
            found.Add(document, file, StaticFileValidation.Check(file));
        }

        if (document is not null && found.IsEmpty)
        {
            inVain.Add(document, file, ConfigWarnings.Of(file));
        }

        (faults, warnings) = (found.Lines, inVain.Lines);
        return found.IsEmpty;
    }
}
