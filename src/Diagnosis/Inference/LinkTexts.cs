using System.Globalization;
using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Records;
using Mesh.V1;

namespace Mesh.Diagnosis.Inference;

/// <summary>Whom a cause is about, and what is known of it in this case.</summary>
internal static class LinkTexts
{
    /// <param name="cause">Which.</param>
    /// <param name="path">To the call that shows it.</param>
    /// <param name="attempt">The attempt that shows it; null if none does.</param>
    public static CauseLink Of(Cause cause, IReadOnlyList<Witness> path, AttemptReport? attempt) =>
        new(cause, path[^1], Where(cause, path[^1], attempt), Detail(cause, path, attempt));

    public static CauseLink OfRejection(Witness at, UnappliedResource unapplied) => new(
        Cause.ConfigRejected,
        at,
        $"the sidecar of {at.Place}",
        $"it rejects version {unapplied.Version} of the {unapplied.Kind} of '{unapplied.Name}': {unapplied.Error}; the call went by version {at.Call.PolicyVersion}");

    private static string Where(Cause cause, Witness at, AttemptReport? attempt) => cause switch
    {
        Cause.CallerGaveUp => at.IsInbound ? $"the caller of {at.Place}" : $"the app beside {at.Place}",
        Cause.DeadlineEatenBefore => $"whoever called before {at.Place}",
        Cause.MemoryExhausted or Cause.NoControlPlane => $"the sidecar of {at.Place}",
        Cause.UnknownService => $"'{at.Call.Service}', asked for by {at.Place}",
        _ when at.IsInbound => at.Place,
        Cause.NoRoute or Cause.RouteLoop or Cause.RouteRedirect or Cause.RouteAnswer or Cause.RateLimited or Cause.FaultInjected or Cause.FaultDelay => $"service '{at.Call.Service}'",
        Cause.PoolFull or Cause.PoolFullBehindOpenCircuit or Cause.TooManyWaiting or Cause.NoInstances or Cause.SubsetEmpty or Cause.AllUnhealthy
            or Cause.CircuitOpen or Cause.RetryBudgetSpent or Cause.DeadlineTooShort => $"service '{at.Upstream}', as {at.Place} calls it",
        _ => attempt is null ? $"service '{at.Upstream}'" : $"{at.Upstream}/{attempt.Endpoint}",
    };

    private static string Detail(Cause cause, IReadOnlyList<Witness> path, AttemptReport? attempt)
    {
        var call = path[^1].Call;
        return cause switch
        {
            Cause.AppError or Cause.AppRefused or Cause.MethodUnknown => $"{call.Method} was answered {CallText.Code(call)}",
            Cause.AppHttpError or Cause.NotGrpc => $"{call.Method} was answered HTTP {call.HttpStatus}",
            Cause.AppDown or Cause.InstanceGone or Cause.NetworkUnreachable or Cause.NameUnresolved or Cause.TlsFailed or Cause.InstanceSilent or Cause.AppSilent
                or Cause.AppCrashed or Cause.ConnectionLost or Cause.AppBreaksProtocol or Cause.PeerBreaksProtocol =>
                attempt is null ? "" : $"{attempt.Address}{(attempt.Failure.Length > 0 ? ": " + attempt.Failure : "")}",
            Cause.AppSlow or Cause.InstanceSlow => attempt is null ? $"it had the call for {CallText.Time(call.DurationMicros)}" : HadIt(call, attempt),
            Cause.PerTryTooShort => $"timeouts.per_try is {CallText.Time(call.Times?.PerTryMicros ?? 0)}",
            Cause.DeadlineEatenBefore => $"of {CallText.Time(path[0].Call.Times.CallerMicros)} that {path[0].Caller} gave, {CallText.Time(call.Times.CallerMicros)} were left for {call.Method} of '{call.Service}'",
            Cause.DeadlineEatenByRetries => Number($"{call.Attempts.Count - 1} attempts took {CallText.Time(call.Attempts[^1].StartedMicros)} of {CallText.Time(call.DurationMicros)}"),
            Cause.DeadlineEatenByConnecting => $"after {CallText.Time(call.DurationMicros)} there was no connection to {call.Attempts[^1].Address}",
            Cause.PoolFull => Number($"{call.Limits?.MaxRequests} may be under way"),
            Cause.PoolFullBehindOpenCircuit => Number($"{call.Limits?.MaxRequests} may be under way, and {call.Endpoints.Count(one => one.Status != "HEALTHY" || one.Circuit == "open")} of {call.EndpointCount} instances cannot be used"),
            Cause.TooManyWaiting => Number($"{call.Limits?.MaxPending} may wait"),
            Cause.RetryBudgetSpent => Number($"it allowed {call.RetryBudget:0.#} more after {call.Attempts.Count} attempts"),
            Cause.CircuitOpen => string.Join(", ", MeshCauses.BehindCircuits(call).Select(one => one.OpenMicros > 0 ? $"{one.Endpoint} for another {CallText.Time(one.OpenMicros)}" : one.Endpoint)),
            Cause.AllUnhealthy => string.Join(", ", call.Endpoints.Select(one => $"{one.Endpoint} is {one.Status}")),
            Cause.SubsetEmpty => $"the route asks for {call.Subset}",
            Cause.RateLimited when call.RetryAfterMicros > 0 => $"it may try again after {CallText.Time(call.RetryAfterMicros)}",
            Cause.CallerGaveUp => $"after {CallText.Time(call.DurationMicros)}",
            _ => call.Message,
        };
    }

    private static string HadIt(CallReport call, AttemptReport attempt)
    {
        var until = attempt.AnsweredMicros > 0 ? attempt.AnsweredMicros : call.DurationMicros;
        var limit = call.Slow ? ""
            : (call.Times?.RequestMicros ?? 0) is > 0 and var request && (call.Times!.CallerMicros == 0 || request < call.Times.CallerMicros) ? $"; timeouts.request is {CallText.Time(request)}"
            : (call.Times?.CallerMicros ?? 0) is > 0 and var caller ? $"; the caller's deadline was {CallText.Time(caller)}"
            : "";
        return $"it had {call.Method} for {CallText.Time(until - Math.Max(attempt.SentMicros, attempt.StartedMicros))}{limit}";
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
