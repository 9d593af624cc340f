using Mesh.Diagnosis.Causes;
using Mesh.V1;

namespace Mesh.Diagnosis.Inference;

/// <summary>Causes that lie in the mesh, its configuration, or who calls: they follow from why a call was not sent.</summary>
internal static class MeshCauses
{
    /// <summary>Null if it is no matter of the mesh's.</summary>
    public static Cause? Of(CallReport call) => call.Reason switch
    {
        "unknown_service" => Cause.UnknownService,
        "no_route" => Cause.NoRoute,
        "loop" => Cause.RouteLoop,
        "no_control_plane" => Cause.NoControlPlane,
        "memory_exhausted" => Cause.MemoryExhausted,
        "rate_limited" => Cause.RateLimited,
        "fault_injected" => Cause.FaultInjected,
        "redirected" => Cause.RouteRedirect,
        "direct_response" => Cause.RouteAnswer,
        "deadline_too_short" => Cause.DeadlineTooShort,
        "idle_timeout" => Cause.StreamIdle,
        "max_stream_age" => Cause.StreamAged,
        "access_denied" => Cause.AccessDenied,
        "circuit_open" => Cause.CircuitOpen,
        "no_healthy_upstream" => OfNobody(call),
        "overflow" => OfOverflow(call),
        _ => null,
    };

    /// <summary>What a configuration decides: where a newer one is not applied, that is where it began.</summary>
    public static bool IsOfConfiguration(Cause cause) => cause is
        Cause.UnknownService or Cause.NoRoute or Cause.SubsetEmpty or Cause.RouteLoop or Cause.RouteRedirect or Cause.RouteAnswer
        or Cause.RateLimited or Cause.AccessDenied or Cause.StreamAged or Cause.PoolFull or Cause.TooManyWaiting or Cause.FaultInjected or Cause.FaultDelay
        or Cause.DeadlineTooShort or Cause.PerTryTooShort or Cause.StreamIdle;

    /// <summary>Endpoints that could be used but for their circuits.</summary>
    public static IEnumerable<EndpointReport> BehindCircuits(CallReport call) => call.Endpoints.Where(one => one.Status == "HEALTHY" && one.Circuit != "closed");

    private static Cause OfNobody(CallReport call) =>
        call.EndpointCount == 0 ? call.Subset.Length > 0 ? Cause.SubsetEmpty : Cause.NoInstances
        : call.Endpoints.All(one => one.Status != "HEALTHY") ? Cause.AllUnhealthy
        : Cause.CircuitOpen;

    private static Cause OfOverflow(CallReport call) =>
        call.StoppedBy.Length == 0 ? Cause.TooManyWaiting
        : call.Endpoints.Any(one => one.Status != "HEALTHY" || one.Circuit == "open") ? Cause.PoolFullBehindOpenCircuit
        : Cause.PoolFull;
}
