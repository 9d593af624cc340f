using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Policy.Balancing;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// A choice of a service's instances as a name that says it all: <c>orders</c>, <c>orders?version=v2</c>, <c>orders?version=v2|version=v1|</c> (v1
/// steps in, then all). So every control plane, at any time, knows what a client means that asks for it.
/// </summary>
/// <param name="Service">Whose.</param>
/// <param name="Groups">Who is called, and who steps in, in this order; at least one.</param>
internal sealed record ClusterName(string Service, ImmutableArray<EndpointSubset> Groups)
{
    /// <summary>Longer ones are none: clients send all their names with every request.</summary>
    public const int MaxLength = 2000;

    private const string Version = "version";
    private const string Label = "label.";

    public static ClusterName Whole(string service) => new(service, [EndpointSubset.All]);

    /// <summary>Reads what <see cref="ToString"/> has written, and nothing else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ClusterName? name)
    {
        name = null;
        var mark = text.IndexOf('?', StringComparison.Ordinal);
        var service = mark < 0 ? text : text[..mark];
        if (text.Length > MaxLength || !DnsLabel.IsValid(service))
        {
            return false;
        }

        if (mark < 0)
        {
            name = Whole(service);
            return true;
        }

        var groups = ImmutableArray.CreateBuilder<EndpointSubset>();
        foreach (var group in text[(mark + 1)..].Split('|'))
        {
            if (!TryGroup(group, out var subset))
            {
                return false;
            }

            groups.Add(subset);
        }

        var read = new ClusterName(service, groups.ToImmutable());
        name = read.ToString() == text ? read : null;
        return name is not null;
    }

    public override string ToString() => Groups is [{ IsAll: true }] ? Service : $"{Service}?{string.Join('|', Groups.Select(TextOf))}";

    private static string TextOf(EndpointSubset subset)
    {
        var labels = subset.Metadata.Select(label => $"{Label}{Uri.EscapeDataString(label.Key)}={Uri.EscapeDataString(label.Value)}");
        return string.Join('&', subset.Version.Length == 0 ? labels : labels.Prepend($"{Version}={Uri.EscapeDataString(subset.Version)}"));
    }

    private static bool TryGroup(string text, [NotNullWhen(true)] out EndpointSubset? subset)
    {
        subset = null;
        var version = "";
        var labels = new Dictionary<string, string>();
        foreach (var part in text.Length == 0 ? [] : text.Split('&'))
        {
            if (part.Split('=') is not [var key, var value])
            {
                return false;
            }

            if (key == Version)
            {
                version = Uri.UnescapeDataString(value);
            }
            else if (!key.StartsWith(Label, StringComparison.Ordinal) || !labels.TryAdd(Uri.UnescapeDataString(key[Label.Length..]), Uri.UnescapeDataString(value)))
            {
                return false;
            }
        }

        subset = new EndpointSubset(version, labels);
        return true;
    }
}
