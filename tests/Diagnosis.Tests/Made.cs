using Google.Protobuf.WellKnownTypes;
using Mesh.Diagnosis.Causes;
using Mesh.V1;

namespace Mesh.Diagnosis.Tests;

/// <summary>Records as sidecars keep them.</summary>
internal static class Made
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public static SidecarCalls Sidecar(string service, string instance, params CallReport[] calls)
    {
        var told = new SidecarCalls { Service = service, InstanceId = instance };
        told.Calls.Add(calls);
        return told;
    }

    /// <summary>A call that failed after 10 ms.</summary>
    public static CallReport Call(CallSide side, string service, string reason, int code = 14, string trace = "", int afterMs = 0) => new()
    {
        Side = side,
        Service = service,
        Upstream = service,
        Method = "/shop.Users/Get",
        Protocol = "grpc",
        Outcome = "failure",
        Reason = reason,
        Source = "upstream",
        GrpcStatus = code,
        TraceId = trace,
        DurationMicros = 10_000,
        EndpointCount = 1,
        Started = Noon.AddMilliseconds(afterMs).ToTimestamp(),
        Times = new TimesReport(),
    };

    /// <summary>With one attempt at an endpoint, which ended as the call did.</summary>
    public static CallReport At(this CallReport call, string endpoint, string failure = "")
    {
        call.Attempts.Add(new AttemptReport
        {
            Endpoint = endpoint,
            Address = "10.0.0.7:15006",
            StartedMicros = 1,
            SentMicros = 100,
            EndedMicros = call.DurationMicros,
            Reason = call.Reason,
            Source = "upstream",
            GrpcStatus = call.GrpcStatus,
            HttpStatus = call.HttpStatus,
            Blame = "endpoint",
            Failure = failure,
        });
        return call;
    }

    public static string Named(Finding finding) => string.Join(' ', finding.Links.Select(link => CauseTable.Of(link.Cause).Word));
}
