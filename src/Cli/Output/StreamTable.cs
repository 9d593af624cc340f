using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Output;

/// <summary>A sidecar's streams as a table. What is not as expected in what it says is shown as a dash.</summary>
internal static class StreamTable
{
    private const string Nothing = "-";

    public static void Write(TextWriter output, IEnumerable<JsonObject> streams) => TextTable.Write(
        output,
        ["SERVICE", "METHOD", "FROM", "TO", "AGE", "REQUESTS", "ANSWERS", "RATE", "LAST", "WAITS FOR"],
        streams.Select(stream => (string[])
        [
            $"{Text(stream["service"])} ({Text(stream["direction"])})",
            Text(stream["method"]),
            Text(stream["peer"]),
            Text(stream["endpoint"]),
            Seconds(Number(stream["age_seconds"])),
            Count(Way(stream, "requests")),
            Count(Way(stream, "answers")),
            Rates(stream),
            Seconds(Math.Min(Number(Way(stream, "requests")?["last_seconds_ago"]), Number(Way(stream, "answers")?["last_seconds_ago"]))),
            Waits(stream),
        ]));

    public static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : Nothing;

    public static double Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : 0;

    private static JsonObject? Way(JsonObject stream, string name) => stream[name] as JsonObject;

    /// <summary>Messages, or bytes of what has none.</summary>
    private static string Count(JsonObject? way) => way?["messages"] is { } messages
        ? Number(messages).ToString("0", CultureInfo.InvariantCulture)
        : Number(way?["bytes"]).ToString("0", CultureInfo.InvariantCulture) + " B";

    private static string Rates(JsonObject stream) => Way(stream, "answers")?["messages_per_second"] is { } answers
        ? string.Create(CultureInfo.InvariantCulture, $"{Number(Way(stream, "requests")?["messages_per_second"]):0.#}/s, {Number(answers):0.#}/s")
        : Nothing;

    private static string Waits(JsonObject stream)
    {
        var by = Text(stream["waits_for"]);
        if (by == Nothing)
        {
            return Nothing;
        }

        var way = Way(stream, by == "caller" ? "answers" : "requests");
        return $"{by}'s {Text(way?["waiting_for"]).Replace('_', ' ')}, {Seconds(Number(way?["waiting_seconds"]))}";
    }

    private static string Seconds(double seconds) => seconds switch
    {
        < 10 => seconds.ToString("0.0", CultureInfo.InvariantCulture) + "s",
        < 600 => seconds.ToString("0", CultureInfo.InvariantCulture) + "s",
        < 36_000 => (seconds / 60).ToString("0", CultureInfo.InvariantCulture) + "m",
        _ => (seconds / 3600).ToString("0", CultureInfo.InvariantCulture) + "h",
    };
}
