using System.Text;

namespace Mesh.Policy.Balancing;

/// <summary>
/// A choice of a service's endpoints by what discovery says of them: those for which all holds that is given. Immutable; two that
/// choose alike are equal.
/// </summary>
public sealed class EndpointSubset : IEquatable<EndpointSubset>
{
    /// <summary>Every endpoint.</summary>
    public static readonly EndpointSubset All = new("", []);

    private readonly string _version;
    private readonly KeyValuePair<string, string>[] _metadata;
    private readonly string _text;

    /// <param name="version">They run it; empty is any.</param>
    /// <param name="metadata">They have these labels, each with this value.</param>
    public EndpointSubset(string version, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        _version = version;
        _metadata = [.. metadata.OrderBy(label => label.Key, StringComparer.Ordinal)];
        _text = Describe();
    }

    /// <summary>It leaves none out.</summary>
    public bool IsAll => _version.Length == 0 && _metadata.Length == 0;

    /// <summary>The version asked for; empty is any.</summary>
    public string Version => _version;

    /// <summary>The labels asked for, by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata => _metadata;

    /// <summary>Whether an endpoint is one of them.</summary>
    public bool Contains(EndpointModel endpoint) =>
        (_version.Length == 0 || endpoint.Version == _version)
        && Array.TrueForAll(_metadata, label => endpoint.Metadata.TryGetValue(label.Key, out var value) && value == label.Value);

    /// <inheritdoc/>
    public bool Equals(EndpointSubset? other) => other is not null && other._version == _version && other._metadata.AsSpan().SequenceEqual(_metadata);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EndpointSubset);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>For people: "version 'v2' and tier 'gold'"; empty for all.</summary>
    public override string ToString() => _text;

    private string Describe()
    {
        var text = new StringBuilder(_version.Length == 0 ? "" : $"version '{_version}'");
        foreach (var (key, value) in _metadata)
        {
            text.Append(text.Length == 0 ? "" : " and ").Append(key).Append(" '").Append(value).Append('\'');
        }

        return text.ToString();
    }
}
