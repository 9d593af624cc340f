using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker;

/// <summary>What else is said of a message, in the engine's list of attributes: ours by their names, a publisher's own behind a dot.</summary>
internal static class Attributes
{
    public const string ContentType = "datacontenttype";
    public const string Traceparent = "traceparent";

    private const string Own = ".";
    private const int MostOwn = 32;
    private const int MaxName = 64;

    /// <exception cref="RpcException">There are too many, or one has no name.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        string contentType, string traceparent, IEnumerable<KeyValuePair<string, string>> own, string which)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        if (contentType.Length != 0)
        {
            attributes.Add(new(ContentType, contentType));
        }

        if (traceparent.Length != 0)
        {
            attributes.Add(new(Traceparent, traceparent));
        }

        var others = 0;
        foreach (var (name, value) in own.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name.Length is 0 or > MaxName)
            {
                throw Faults.Invalid($"{which}: an attribute's name has {name.Length} characters: 1 to {MaxName} are allowed");
            }

            if (++others > MostOwn)
            {
                throw Faults.Invalid($"{which}: has more than {MostOwn} attributes of its own");
            }

            attributes.Add(new(Own + name, value));
        }

        return attributes;
    }

    /// <summary>Ours of that name; empty if there is none.</summary>
    public static string Find(IReadOnlyList<KeyValuePair<string, string>> attributes, string name)
    {
        foreach (var (key, value) in attributes)
        {
            if (key == name)
            {
                return value;
            }
        }

        return "";
    }

    /// <summary>The publisher's own.</summary>
    public static void CopyOwn(IReadOnlyList<KeyValuePair<string, string>> attributes, IDictionary<string, string> to)
    {
        foreach (var (key, value) in attributes)
        {
            if (key.StartsWith(Own, StringComparison.Ordinal))
            {
                to[key[Own.Length..]] = value;
            }
        }
    }
}
