using Google.Protobuf.Reflection;
using Mesh.Resources.Validation;
using Mesh.Resources.Warnings;
using Mesh.Resources.Yaml;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>
/// Reads and checks the configuration that any number of files hold, which is to be applied together: a
/// <see cref="ConfigResource"/> a document, one per service and kind in all. One caller at a time.
/// </summary>
public sealed class ConfigReader
{
    private readonly List<ConfigResource> _resources = [];
    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [];
    private readonly Dictionary<(string Service, string Kind), string> _places = [];

    /// <summary>What was read, in order; only to be used without <see cref="Faults"/>.</summary>
    public IReadOnlyList<ConfigResource> Resources => _resources;

    /// <summary>A line each, <c>FILE:LINE:COLUMN: path.to.field: what is wrong; what would be right</c>.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>
    /// A line each, of what is valid and said in vain: routes that never match, fields without effect. Written as <see cref="Faults"/>
    /// are; at most 50 a file.
    /// </summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads a file.</summary>
    /// <param name="text">YAML with any number of documents, or JSON.</param>
    /// <param name="sourceName">The file's name, for the faults.</param>
    /// <returns>Whether there was anything in it, right or wrong.</returns>
    public bool Read(string text, string sourceName)
    {
        var (faults, warnings) = (new FaultList(sourceName), new FaultList(sourceName));
        var documents = DocumentReader.ReadAll(text, faults);
        foreach (var document in documents)
        {
            Read(document, faults, warnings);
        }

        _faults.AddRange(faults.Lines);
        _warnings.AddRange(warnings.Lines);
        return documents.Count > 0 || !faults.IsEmpty;
    }

    private void Read(YamlNode document, FaultList faults, FaultList warnings)
    {
        var resource = new ConfigResource();
        var before = faults.Lines.Count;
        new MessageReader(faults).ReadRoot(document, resource);
        FindEmpty(document, faults);
        if (faults.Lines.Count > before)
        {
            // Of what could not be read whole, half would be found to be missing.
            return;
        }

        _resources.Add(resource);
        faults.Add(document, resource, ConfigValidation.Check(resource));
        if (faults.Lines.Count == before)
        {
            warnings.Add(document, resource, ConfigWarnings.Of(resource));
        }

        var place = faults.PlaceOf(FieldPlace.Of(document, ConfigResource.Descriptor, "service"));
        foreach (var (kind, field) in KindsOf(resource))
        {
            if (resource.Service.Length > 0 && !_places.TryAdd((resource.Service, kind), place))
            {
                var again = new Finding(field, $"{Names.Quote(resource.Service)} is configured at {_places[(resource.Service, kind)]} too; keep one of them");
                faults.Add(document, resource, [again]);
            }
        }
    }

    /// <summary>
    /// Nothing under a kind's name is a slip: taken for "not given" it would be applied as a policy of defaults, whichever kind it names.
    /// </summary>
    private static void FindEmpty(YamlNode document, FaultList faults)
    {
        foreach (var (key, value) in document is YamlMapping mapping ? mapping.Entries : [])
        {
            if (FieldNames.Find(ConfigResource.Descriptor, key.Text) is { FieldType: FieldType.Message, IsRepeated: false } field
                && field.MessageType.File == ConfigResource.Descriptor.File
                && value is YamlScalar scalar && CoreSchema.IsNull(scalar))
            {
                faults.Add(key, field.Name, "has nothing under it; write {} for the defaults, or leave the line out");
            }
        }
    }

    /// <summary>The fields that say something, with the places that tell so: the service's where a document holds nothing besides.</summary>
    private static IEnumerable<(string Kind, string Field)> KindsOf(ConfigResource resource)
    {
        if (resource.Config is not null || resource.Inbound is null)
        {
            yield return ("config", "service");
        }

        if (resource.Inbound is not null)
        {
            yield return ("inbound", resource.Config is null ? "service" : "inbound");
        }
    }
}
