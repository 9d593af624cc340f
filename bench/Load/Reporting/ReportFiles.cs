using System.Text.Json;

namespace Mesh.Bench.Load.Reporting;

/// <summary>Writes a report where it was asked for.</summary>
internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static async Task WriteAsync(LoadOptions options, LoadReport report, string text)
    {
        if (options.JsonFile is { } json)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(report, Json) + "\n");
        }

        if (options.MarkdownFile is { } markdown)
        {
            await File.WriteAllTextAsync(markdown, text);
        }
    }
}
