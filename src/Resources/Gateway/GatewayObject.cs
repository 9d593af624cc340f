using Mesh.Resources.Yaml;

namespace Mesh.Resources.Gateway;

/// <summary>
/// An object of a Gateway API resource, which is asked for its fields one by one; what nobody has asked for is told at the end, since it would be lost
/// without a word. One caller at a time.
/// </summary>
/// <param name="node">Where it stands.</param>
/// <param name="path">How to name it.</param>
/// <param name="lost">Told of what does not carry over.</param>
internal sealed class GatewayObject(YamlNode node, string path, FaultList lost)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>A scalar's text; null if there is none.</summary>
    public string? Text(string name) => Find(name) is YamlScalar scalar && !CoreSchema.IsNull(scalar) ? scalar.Text : null;

    /// <summary>An object; null if there is none.</summary>
    public GatewayObject? Object(string name) => Find(name) is YamlMapping mapping ? new GatewayObject(mapping, Path(name), lost) : null;

    /// <summary>The objects of a list.</summary>
    public List<GatewayObject> Objects(string name) => Find(name) is YamlSequence list
        ? [.. list.Items.Select((item, i) => new GatewayObject(item, $"{Path(name)}[{i}]", lost))]
        : [];

    /// <summary>The texts of a list of scalars.</summary>
    public List<string> Texts(string name) => Find(name) is YamlSequence list ? [.. list.Items.OfType<YamlScalar>().Select(scalar => scalar.Text)] : [];

    /// <summary>Fields that are of no matter here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _asked.Add(name);
        }
    }

    /// <summary>A field does not carry over, if it is there.</summary>
    /// <returns>Whether it is.</returns>
    public bool Lose(string name, string why)
    {
        if (Find(name) is not { } value)
        {
            return false;
        }

        lost.Add(value, Path(name), why);
        return true;
    }

    /// <summary>It does not carry over itself.</summary>
    public void Lose(string why) => lost.Add(node, path, why);

    /// <summary>Whatever nobody has asked for does not carry over.</summary>
    public void LoseRest()
    {
        foreach (var (key, _) in (node as YamlMapping)?.Entries ?? [])
        {
            if (_asked.Add(key.Text))
            {
                lost.Add(key, Path(key.Text), "is not carried over: there is no such thing in our resource");
            }
        }
    }

    private string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private YamlNode? Find(string name)
    {
        _asked.Add(name);
        return (node as YamlMapping)?.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value;
    }
}
