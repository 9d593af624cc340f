using System.Globalization;
using System.Text.Json;
using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Where a route leads, as the fields of the configuration or in a few words.</summary>
internal static class BackendJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<BackendOptions> backends)
    {
        if (backends is [var only])
        {
            WriteTarget(json, only);
            return;
        }

        if (backends.Count == 0)
        {
            return;
        }

        json.WriteStartArray("backends");
        foreach (var backend in backends)
        {
            json.WriteStartObject();
            WriteTarget(json, backend);
            json.WriteNumber("weight", backend.Weight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>"to shop with version 'v2' (90), shop with version 'v1' (10)", or that its calls go nowhere.</summary>
    /// <param name="route">Which.</param>
    /// <param name="own">The service that it belongs to.</param>
    public static string Text(RouteOptions route, string own) =>
        route.Redirect is { } redirect ? string.Create(CultureInfo.InvariantCulture, $"redirected ({redirect.Status})")
        : route.DirectResponse is { } response ? string.Create(CultureInfo.InvariantCulture, $"answered here ({response.Status.Http})")
        : $"to {Text(route.Backends, own)}";

    private static string Text(IReadOnlyList<BackendOptions> backends, string own) => backends.Count == 0
        ? own
        : string.Join(", ", backends.Select(backend =>
        {
            var place = backend.Subset.IsAll ? backend.Service ?? own : $"{backend.Service ?? own} with {backend.Subset}";
            return backends.Count == 1 ? place : string.Create(CultureInfo.InvariantCulture, $"{place} ({backend.Weight})");
        }));

    private static void WriteTarget(Utf8JsonWriter json, BackendOptions backend)
    {
        if (backend.Service is { } service)
        {
            json.WriteString("service", service);
        }

        if (!backend.Subset.IsAll)
        {
            json.WriteStartObject("subset");
            WriteSubset(json, backend.Subset);
        }

        if (!backend.Fallbacks.IsEmpty)
        {
            json.WriteStartArray("fallbacks");
            foreach (var fallback in backend.Fallbacks)
            {
                json.WriteStartObject();
                WriteSubset(json, fallback);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>As its message has it.</summary>
    public static void WriteSubset(Utf8JsonWriter json, EndpointSubset subset)
    {
        if (subset.Version.Length > 0)
        {
            json.WriteString("version", subset.Version);
        }

        if (subset.Metadata.Count > 0)
        {
            json.WriteStartObject("metadata");
            foreach (var (key, value) in subset.Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
