using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Streams under way on one loop, as the page of connections has them.</summary>
/// <param name="Listed">At most as many as are worth reading; those that are held up first.</param>
/// <param name="NotListed">Others there are.</param>
internal sealed record StreamLines(IReadOnlyList<LiveStream> Listed, int NotListed)
{
    /// <summary>On the worker's loop only.</summary>
    /// <param name="view">Whose.</param>
    /// <param name="worker">Of the loop.</param>
    /// <param name="most">How many are listed.</param>
    public static StreamLines Read(SidecarView view, Worker worker, int most)
    {
        var listed = new List<LiveStream>();
        var count = 0;
        var held = 0;
        StreamReadings.ForEachCall(view, worker, call =>
        {
            if (!LiveStream.Lasts(call))
            {
                return;
            }

            count++;
            var (byCaller, byEndpoint) = LiveStream.HolderOf(call);
            if (listed.Count < most)
            {
                listed.Add(LiveStream.Of(call));
            }
            else if ((byCaller || byEndpoint) && held < most)
            {
                listed[held++] = LiveStream.Of(call);
            }
        });
        return new StreamLines([.. listed.OrderByDescending(stream => stream.IsHeldUp).ThenByDescending(stream => stream.Age)], count - listed.Count);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("streams_not_listed", NotListed);
        json.WriteStartArray("streams");
        foreach (var stream in Listed)
        {
            json.WriteStartObject();
            json.WriteString("direction", stream.Direction.Word());
            json.WriteString("service", stream.Service);
            json.WriteString("method", stream.Method);
            json.WriteString("peer", stream.Peer);
            json.WriteString("endpoint", stream.Endpoint);
            json.WriteNumber("age_seconds", Seconds(stream.Age));
            Write(json, "requests", stream.Requests, stream.IsGrpc);
            Write(json, "answers", stream.Answers, stream.IsGrpc);
            if (WaitsFor(stream) is { } waits)
            {
                json.WriteString("waits_for", waits);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public void Write(StringBuilder text)
    {
        foreach (var stream in Listed)
        {
            text.Append(CultureInfo.InvariantCulture, $"  stream {stream.Direction.Word()} {stream.Service} {stream.Method}  from {stream.Peer}  to {stream.Endpoint}  age {Seconds(stream.Age)} s");
            text.Append(CultureInfo.InvariantCulture, $"  requests {stream.Requests.Messages}  answers {stream.Answers.Messages}");
            text.Append(WaitsFor(stream) is { } waits ? $"  waits for {waits}\n" : "\n");
        }

        if (NotListed > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"  and {NotListed} more streams\n");
        }
    }

    /// <summary>Who keeps it from going on: what it has sent is not taken.</summary>
    private static string? WaitsFor(LiveStream stream) =>
        !stream.IsHeldUp ? null : stream.Answers.Waiting >= stream.Requests.Waiting ? "caller" : "endpoint";

    private static void Write(Utf8JsonWriter json, string name, in LiveStream.Way way, bool isGrpc)
    {
        json.WriteStartObject(name);
        if (isGrpc)
        {
            json.WriteNumber("messages", way.Messages);
            json.WriteNumber("messages_per_second", Math.Round(way.Rate, 1));
        }

        json.WriteNumber("bytes", way.Bytes);
        json.WriteNumber("last_seconds_ago", Seconds(way.LastAge));
        if (way.Pending > 0)
        {
            json.WriteNumber("waiting_bytes", way.Pending);
            json.WriteNumber("waiting_seconds", Seconds(way.Waiting));
            json.WriteString("waiting_for", Words.Of(way.WaitsFor));
        }

        json.WriteEndObject();
    }

    private static double Seconds(long ticks) => Math.Round(ticks / (double)TimeSpan.TicksPerSecond, 3);
}
