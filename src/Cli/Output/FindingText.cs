using System.Globalization;
using Mesh.Diagnosis.Records;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>A finding in sentences: what happened, why, what to do, what else, and the way it went.</summary>
internal static class FindingText
{
    public static void Write(TextWriter output, CallFinding finding)
    {
        Line(output, "what", finding.Summary);
        if (finding.Path[0].Call.Message is { Length: > 0 } told)
        {
            Line(output, "told", told);
        }

        var first = finding.Causes[^1];
        Line(output, "why", $"{first.Where}: {first.Meaning} [{first.Cause}]");
        if (first.Detail.Length > 0)
        {
            Line(output, "", first.Detail);
        }

        foreach (var nearer in finding.Causes.SkipLast(1).Reverse())
        {
            Line(output, "so", $"{nearer.Where}: {nearer.Meaning} [{nearer.Cause}]{(nearer.Detail.Length > 0 ? " " + nearer.Detail : "")}");
        }

        Line(output, "do", first.Cure);
        if (finding.Others > 0)
        {
            Line(output, "also", string.Create(CultureInfo.InvariantCulture, $"{finding.Others} other {(finding.Others == 1 ? "call" : "calls")} for the same reason since {finding.OthersSince.ToDateTime():HH:mm:ss}Z"));
        }

        foreach (var seen in finding.Path)
        {
            WriteSeen(output, seen);
        }

        if (finding.Silent.Count > 0)
        {
            Line(output, "missing", $"what these sidecars know, which did not answer: {string.Join(", ", finding.Silent)}");
        }
    }

    private static void WriteSeen(TextWriter output, SeenCall seen)
    {
        var call = seen.Call;
        var side = call.Side == CallSide.Inbound ? "in" : "out";
        var policy = call.Route.Length > 0 ? $" by route '{call.Route}'" : "";
        Line(output, "way", $"{seen.Sidecar} {side}: {call.Method} to {(call.Upstream.Length > 0 ? call.Upstream : call.Service)}{policy}, policy version {call.PolicyVersion}: {call.Reason}, {CallText.Code(call)}, {CallText.Time(call.DurationMicros)}");
        if (Times(call) is { Length: > 0 } times)
        {
            Line(output, "", $"  time it had: {times}");
        }

        for (var i = 0; i < call.Attempts.Count; i++)
        {
            var attempt = call.Attempts[i];
            var end = attempt.Reason.Length == 0 ? "was under way" : attempt.Reason == "ok" ? "went well" : $"{attempt.Reason}, {CallText.Code(call, attempt)}, against {attempt.Blame}";
            var went = attempt.SentMicros == 0 ? "was never sent" : $"sent at {CallText.Time(attempt.SentMicros)}";
            Line(output, "", $"  attempt {i + 1} at {attempt.Endpoint} ({attempt.Address}): {went}, ended at {CallText.Time(attempt.EndedMicros)}: {end}");
        }

        if (call.NoRetry.Length > 0)
        {
            Line(output, "", $"  no further attempt: {call.NoRetry}");
        }

        if (call.StoppedBy.Length > 0)
        {
            Line(output, "", $"  stopped by: {call.StoppedBy}");
        }

        var unusable = call.Endpoints.Where(one => one.Status != "HEALTHY" || one.Circuit != "closed" || one.Resting).ToList();
        if (unusable.Count > 0)
        {
            Line(output, "", $"  of {call.EndpointCount} endpoints out: {string.Join(", ", unusable.Select(one => $"{one.Endpoint} {one.Status} circuit {one.Circuit}{(one.Resting ? ", resting" : "")}"))}");
        }
    }

    private static string Times(CallReport call)
    {
        (string Name, long Micros)[] limits = call.Times is not { } times ? [] :
            [("caller's deadline", times.CallerMicros), ("timeouts.request", times.RequestMicros), ("timeouts.per_try", times.PerTryMicros)];
        return string.Join(", ", limits.Where(limit => limit.Micros > 0).Select(limit => $"{limit.Name} {CallText.Time(limit.Micros)}"));
    }

    private static void Line(TextWriter output, string label, string text) => output.WriteLine(PrintableText.Of($"{label,-8}{text}", int.MaxValue));
}
