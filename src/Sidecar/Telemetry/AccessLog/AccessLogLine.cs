using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Forms the lines. JSON has a member for everything, under names that stay; text has the same in a fixed order, with "-"
/// for what there is not. Used by one thread.
/// </summary>
internal sealed class AccessLogLine(AccessLogFormat format)
{
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    /// <param name="direction">Of the call.</param>
    /// <param name="entry">The call.</param>
    /// <param name="time">When it began.</param>
    /// <returns>With the line's end; valid until the next one.</returns>
    public ReadOnlyMemory<byte> Format(Direction direction, AccessLogEntry entry, DateTimeOffset time)
    {
        _line.ResetWrittenCount();
        if (format == AccessLogFormat.Json)
        {
            FormatJson(direction, entry, time);
        }
        else
        {
            FormatText(direction, entry, time);
        }

        _line.Write("\n"u8);
        return _line.WrittenMemory;
    }

    private static string FlagsOf(AccessLogEntry entry) =>
        ResponseFlags.Of(entry.Outcome.Reason, entry.Attempts > 1 && entry.Outcome.Class == OutcomeClass.Failure);

    private static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static double MillisOf(AccessLogEntry entry) => Math.Round(entry.Duration / (double)TimeSpan.TicksPerMillisecond, 3);

    private void FormatJson(Direction direction, AccessLogEntry entry, DateTimeOffset time)
    {
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("time", TimeOf(time));
        _json.WriteString("direction", direction.Word());
        _json.WriteString("service", entry.Service);
        _json.WriteString("route", string.IsNullOrEmpty(entry.Route) ? null : entry.Route);
        _json.WriteString("upstream_cluster", entry.UpstreamCluster);
        _json.WriteString("method", Text(entry.Method));
        _json.WriteString("path", entry.Path.IsEmpty ? null : Text(entry.Path));
        _json.WriteString("authority", Text(entry.Authority));
        _json.WriteString("protocol", Words.Of(entry.Protocol));
        _json.WriteString("peer", entry.Peer?.ToString());
        _json.WriteString("endpoint", entry.Endpoint?.Address);
        _json.WriteString("endpoint_id", entry.Endpoint?.Id);
        _json.WriteString("code", CallCode.NameOf(entry.Code));
        if (entry.Outcome.HttpStatus > 0)
        {
            _json.WriteNumber("http_status", entry.Outcome.HttpStatus);
        }
        else
        {
            _json.WriteNull("http_status");
        }

        _json.WriteString("reason", Words.Of(entry.Outcome.Reason));
        _json.WriteString("response_flags", FlagsOf(entry));
        _json.WriteString("message", entry.Message.IsEmpty ? null : Text(entry.Message));
        _json.WriteNumber("duration_ms", MillisOf(entry));
        _json.WriteNumber("attempts", entry.Attempts);
        _json.WriteNumber("request_bytes", entry.RequestBytes);
        _json.WriteNumber("response_bytes", entry.ResponseBytes);
        _json.WriteString("trace_id", entry.TraceId.IsEmpty ? null : Text(entry.TraceId));
        _json.WriteEndObject();
        _json.Flush();
    }

    private void FormatText(Direction direction, AccessLogEntry entry, DateTimeOffset time)
    {
        var text = new StringBuilder(256);
        text.Append(TimeOf(time)).Append(' ').Append(direction.Word());
        Word(text, entry.Service);
        // One word, so that the order holds: "GET:/users/1".
        Word(text, entry.Path.IsEmpty ? Text(entry.Method) : $"{Text(entry.Method)}:{Text(entry.Path)}");
        Word(text, CallCode.NameOf(entry.Code));
        Word(text, FlagsOf(entry));
        text.Append(CultureInfo.InvariantCulture, $" {MillisOf(entry)}ms attempts={entry.Attempts}");
        text.Append(CultureInfo.InvariantCulture, $" bytes={entry.RequestBytes}/{entry.ResponseBytes}");
        Word(text, Text(entry.Authority));
        Word(text, entry.Peer?.ToString());
        Word(text, entry.Endpoint?.Address);
        Word(text, Text(entry.TraceId));
        Word(text, entry.Route);
        Word(text, entry.UpstreamCluster);
        Quoted(text, Text(entry.Message));
        _line.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Several words as one: the last, in quotes, so that whoever splits a line at spaces still finds the others.</summary>
    private static void Quoted(StringBuilder text, string words)
    {
        if (words.Length == 0)
        {
            text.Append(" -");
            return;
        }

        text.Append(" \"");
        text.Append(PrintableText.Of(words).Replace('"', '\''));

        text.Append('"');
    }

    /// <summary>Callers choose some of them, and must not be able to make another word or line of theirs.</summary>
    private static void Word(StringBuilder text, string? word)
    {
        text.Append(' ');
        if (string.IsNullOrEmpty(word))
        {
            text.Append('-');
            return;
        }

        foreach (var c in PrintableText.Of(word))
        {
            text.Append(char.IsWhiteSpace(c) ? '_' : c);
        }
    }
}
