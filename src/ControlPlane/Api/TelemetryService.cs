using Grpc.Core;
using Mesh.ControlPlane.Asking;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Telemetry: asks the sidecars, and says what they answer.</summary>
internal sealed class TelemetryService(CallQuestions questions) : Telemetry.TelemetryBase
{
    private const int MostOfId = 512;

    private const int MostCalls = 1000;

    public override async Task<FindCallsResponse> FindCalls(FindCallsRequest request, ServerCallContext context)
    {
        var query = request.Query ?? new CallQuery();
        if (FaultOf(query) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        return await questions.AskAsync(query, context.CancellationToken)
            ?? throw Faults.Exhausted($"{CallQuestions.MostAtOnce} questions about calls are under way, and no more may be: ask again in {CallQuestions.Patience.TotalSeconds:0} s");
    }

    private static string? FaultOf(CallQuery query) =>
        query.TraceId.Length > 0 && (query.TraceId.Length != 32 || !query.TraceId.All(char.IsAsciiHexDigit))
            ? $"query.trace_id: '{Shown.Text(query.TraceId)}' is no trace id of 32 hexadecimal digits"
        : query.RequestId.Length > MostOfId ? $"query.request_id: has {query.RequestId.Length} characters, and may have {MostOfId}"
        : query.Service.Length > 0 && !ValueKinds.ServiceName.TryParse(query.Service, out _) ? $"query.service: '{Shown.Text(query.Service)}' is not {ValueKinds.ServiceName.Expectation}"
        : query.Last is { } last && (last.Seconds < 0 || last.Nanos < 0) ? "query.last: is negative"
        : query.Most > MostCalls ? $"query.most: is {query.Most}, and may be {MostCalls}"
        : null;
}
