using System.Text.Json;
using Mesh.Policy.Routing.Changes;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>What a route changes of its calls on their way, as the fields of the configuration. Part of <see cref="PolicyJson"/>.</summary>
internal static class RewriteJson
{
    /// <param name="json">Written to.</param>
    /// <param name="rewrite">Null says nothing.</param>
    public static void Write(Utf8JsonWriter json, RewriteOptions? rewrite)
    {
        if (rewrite is null)
        {
            return;
        }

        json.WriteStartObject("rewrite");
        WriteIfGiven(json, "path", rewrite.Path);
        WriteIfGiven(json, "prefix", rewrite.Prefix);
        WriteIfGiven(json, "substitution", rewrite.Substitution);
        WriteIfGiven(json, "host", rewrite.Host);
        WriteChange(json, "request_headers", rewrite.RequestHeaders);
        WriteChange(json, "response_headers", rewrite.ResponseHeaders);
        json.WriteEndObject();
    }

    private static void WriteChange(Utf8JsonWriter json, string name, HeaderChangeOptions change)
    {
        if (change.IsNone)
        {
            return;
        }

        json.WriteStartObject(name);
        WriteValues(json, "set", change.Set);
        WriteValues(json, "add", change.Add);
        json.WriteStartArray("remove");
        foreach (var removed in change.Remove)
        {
            json.WriteStringValue(removed);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, string name, IReadOnlyList<(string Name, string Value)> headers)
    {
        json.WriteStartObject(name);
        foreach (var (header, value) in headers)
        {
            json.WriteString(header, value);
        }

        json.WriteEndObject();
    }

    private static void WriteIfGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
