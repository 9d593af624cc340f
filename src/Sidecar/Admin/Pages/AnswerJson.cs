using System.Text.Json;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>What a route answers itself, as the fields of the configuration. Part of <see cref="PolicyJson"/>.</summary>
internal static class AnswerJson
{
    public static void Write(Utf8JsonWriter json, RouteOptions route)
    {
        if (route.Redirect is { } redirect)
        {
            json.WriteStartObject("redirect");
            json.WriteNumber("status", redirect.Status);
            WriteIfGiven(json, "scheme", redirect.Scheme);
            WriteIfGiven(json, "host", redirect.Host);
            WriteIfGiven(json, "path", redirect.Path);
            WriteIfGiven(json, "prefix", redirect.Prefix);
            json.WriteEndObject();
        }

        if (route.DirectResponse is { } response)
        {
            json.WriteStartObject("direct_response");
            json.WriteNumber("http_status", response.Status.Http);
            if (response.Body.Length > 0)
            {
                json.WriteString("body", response.Body);
                json.WriteString("content_type", response.ContentType);
            }

            json.WriteString("code", GrpcStatus.TextOf(response.Status.Grpc));
            WriteIfGiven(json, "message", response.Message);
            json.WriteEndObject();
        }
    }

    private static void WriteIfGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
