using System.Globalization;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.Circuits;

/// <summary>What has become of an endpoint's circuit, as a line for people.</summary>
/// <param name="Endpoint">Whose.</param>
/// <param name="Limit">How many of its service's endpoints may be out.</param>
/// <param name="MaxPercent">The share that this is.</param>
/// <param name="Change">What happened.</param>
internal readonly record struct CircuitNotice(Endpoint Endpoint, int Limit, int MaxPercent, CircuitChange Change)
{
    public override string ToString()
    {
        var time = new ShortTime(Change.Ticks);
        var failures = Change.Outlier is { } outlier
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"an outlier: {outlier.Successes:0.0} % of its {outlier.Calls} calls succeeded, at least {outlier.Least:0.0} % should have")
            : $"failures in a row: {Change.Failures}, the last: {CauseOf(Change.Cause)}";
        var what = Change.Kind switch
        {
            CircuitChangeKind.Opened => $"opened for {time} ({failures})",
            CircuitChangeKind.Reopened => $"opened again for {time}, since its probe failed: {CauseOf(Change.Cause)}",
            CircuitChangeKind.Closed => $"closed after {time}: its probes succeeded",
            CircuitChangeKind.Readmitted => $"closed after {time} without a probe: fewer endpoints may be out now",
            _ => $"would have opened for {time} ({failures}) and stays closed: with max_ejection_percent {MaxPercent} at most {Limit} of the service's endpoints may be out",
        };
        return $"circuit of '{Endpoint.Service}', instance '{Endpoint.Id}' at {Endpoint.Address}: {what}";
    }

    private static string CauseOf(in Outcome cause) => cause.Reason switch
    {
        OutcomeReason.GrpcStatus => GrpcStatus.TextOf(cause.GrpcStatus),
        OutcomeReason.HttpStatus => $"HTTP {cause.HttpStatus}",
        _ => Words.Of(cause.Reason),
    };
}
