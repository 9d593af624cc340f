using System.Text.Json;
using Mesh.Policy.Authorization;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Who is let in, as mesh.v1.Authorization has it. Part of <see cref="PolicyJson"/>.</summary>
internal static class AuthorizationJson
{
    public static void Write(Utf8JsonWriter json, AuthorizationOptions options)
    {
        if (options.IsEmpty)
        {
            return;
        }

        json.WriteStartObject("authorization");
        json.WriteString("name", options.Name);
        WriteRules(json, "allow", options.Allow);
        WriteRules(json, "deny", options.Deny);
        if (options.IsDryRun)
        {
            json.WriteBoolean("dry_run", true);
        }

        json.WriteEndObject();
    }

    private static void WriteRules(Utf8JsonWriter json, string name, IReadOnlyCollection<AuthorizationRuleOptions> rules)
    {
        if (rules.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            WriteTexts(json, "identities", rule.Identities);
            WriteTexts(json, "methods", rule.Methods);
            WriteTexts(json, "paths", rule.Paths);
            WriteHeaders(json, rule.Headers);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteHeaders(Utf8JsonWriter json, IReadOnlyCollection<HeaderMatchOptions> headers)
    {
        if (headers.Count == 0)
        {
            return;
        }

        json.WriteStartArray("headers");
        foreach (var header in headers)
        {
            MatchJson.WriteHeader(json, header);
        }

        json.WriteEndArray();
    }
}
