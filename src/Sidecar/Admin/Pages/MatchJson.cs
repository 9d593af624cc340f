using System.Text.Json;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Which calls a route takes, as the fields of the configuration or in a few words.</summary>
internal static class MatchJson
{
    public static void Write(Utf8JsonWriter json, RouteMatchOptions match)
    {
        json.WriteStartObject("match");
        WriteIfGiven(json, "exact", match.Exact);
        WriteIfGiven(json, "prefix", match.Prefix);
        WriteIfGiven(json, "path_regex", match.Regex);
        WriteIfGiven(json, "http_method", match.HttpMethod);
        json.WriteStartArray("headers");
        foreach (var header in match.Headers)
        {
            WriteHeader(json, header);
        }

        json.WriteEndArray();
        WriteQuery(json, match.Query);
        if (match.Source is { } source)
        {
            json.WriteStartObject("source");
            WriteIfGiven(json, "service", source.Service);
            WriteIfGiven(json, "version", source.Version);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void WriteHeader(Utf8JsonWriter json, HeaderMatchOptions header)
    {
        json.WriteStartObject();
        json.WriteString("name", header.Name);
        WriteIfGiven(json, "exact", header.Exact);
        WriteIfGiven(json, "prefix", header.Prefix);
        json.WriteBoolean("invert", header.Invert);
        json.WriteEndObject();
    }

    /// <summary>Its path: "/a/b", "/a/*" or "~/a/[0-9]+".</summary>
    public static string Text(RouteMatchOptions match) =>
        match.Exact ?? (match.Prefix is { } prefix ? prefix + "*" : match.Regex is { } regex ? "~" + regex : "*");

    private static void WriteQuery(Utf8JsonWriter json, IReadOnlyList<QueryMatchOptions> query)
    {
        if (query.Count == 0)
        {
            return;
        }

        json.WriteStartArray("query");
        foreach (var parameter in query)
        {
            json.WriteStartObject();
            json.WriteString("name", parameter.Name);
            WriteIfGiven(json, "exact", parameter.Exact);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIfGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
