using Google.Protobuf.WellKnownTypes;
using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Records;
using Mesh.V1;

namespace Mesh.Diagnosis;

/// <summary>Findings for programs, and their summary for people.</summary>
public static class FindingMessage
{
    /// <param name="finding">What was found.</param>
    /// <param name="others">What has the same first cause, the last first.</param>
    /// <param name="silent">Sidecars that have not answered.</param>
    public static CallFinding Of(Finding finding, IReadOnlyList<Finding> others, IEnumerable<string> silent)
    {
        var message = new CallFinding { Summary = Summary(finding.Call), Others = (uint)others.Count };
        message.Causes.Add(finding.Links.Select(Of));
        message.Path.Add(finding.Path.Select(seen => new SeenCall { Sidecar = seen.Place, Call = seen.Call }));
        message.Silent.Add(silent);
        if (others.Count > 0)
        {
            message.OthersSince = Timestamp.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(others.Min(other => other.Call.Ended)));
        }

        return message;
    }

    /// <summary>What happened, in a sentence.</summary>
    public static string Summary(Witness call)
    {
        var report = call.Call;
        var when = report.Started?.ToDateTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var time = CallText.Time(report.DurationMicros);
        var end = report.Slow ? $"went well, and took {time}"
            : report.Outcome == "cancelled" ? $"was given up by its caller after {time}"
            : $"failed with {CallText.Code(report)} after {time}";
        var to = call.IsInbound ? $"came in to {call.Place} from {call.Caller}" : $"of {call.Caller} to '{report.Service}'";
        return $"{report.Method} {to} {(call.IsInbound ? "and " : "")}{end}, at {when}";
    }

    private static FoundCause Of(CauseLink link)
    {
        var row = CauseTable.Of(link.Cause);
        return new FoundCause { Cause = row.Word, Where = link.Where, Meaning = row.Meaning, Detail = link.Detail, Cure = row.Cure };
    }
}
