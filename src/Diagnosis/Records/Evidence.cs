using Mesh.V1;

namespace Mesh.Diagnosis.Records;

/// <summary>All that sidecars have told, and which of it belongs together.</summary>
public sealed class Evidence
{
    // Clocks of machines differ; one that is off by more is a matter of its own.
    private const long Skew = 2_000_000;

    private readonly ILookup<(string Service, string Instance), Witness> _bySidecar;
    private readonly ILookup<string, Witness> _byUpstream;

    /// <param name="told">The answers; of a sidecar that answered twice the same calls count once.</param>
    public Evidence(IEnumerable<SidecarCalls> told)
    {
        All = [.. told.SelectMany(sidecar => sidecar.Calls.Select(call => new Witness(sidecar, call)))
            .DistinctBy(witness => (witness.Sidecar.Service, witness.Sidecar.InstanceId, witness.Call))
            .OrderByDescending(witness => witness.Ended)];
        _byUpstream = All.Where(witness => !witness.IsInbound).ToLookup(witness => witness.Upstream);
        _bySidecar = All.ToLookup(witness => (witness.Sidecar.Service, witness.Sidecar.InstanceId));
    }

    /// <summary>Every call of every sidecar, the one that ended last first.</summary>
    public IReadOnlyList<Witness> All { get; }

    /// <summary>The same call as the callee's sidecar saw it: of the call's last attempt, or of another; null if that does not tell of it.</summary>
    internal Witness? AtCallee(Witness caller, AttemptReport attempt)
    {
        var sent = caller.Began + attempt.StartedMicros;
        return _bySidecar[(caller.Upstream, attempt.Endpoint)]
            .Where(callee => callee.IsInbound && IsSame(caller, callee) && Math.Abs(callee.Began - sent) <= Skew + caller.Call.DurationMicros)
            .MinBy(callee => Math.Abs(callee.Began - sent));
    }

    /// <summary>It came in, and the sidecar that sent it tells of it as well: an attempt of that call's, whichever.</summary>
    internal bool HasCaller(Witness callee) =>
        callee.IsInbound && _byUpstream[callee.Sidecar.Service].Any(caller => IsSame(caller, callee) && IsWithin(callee, caller));

    /// <summary>Calls that the app made while it had this one, and for it, as far as that is known.</summary>
    internal IEnumerable<Witness> MadeFor(Witness inbound) =>
        _bySidecar[(inbound.Sidecar.Service, inbound.Sidecar.InstanceId)]
            .Where(made => !made.IsInbound && IsWithin(made, inbound)
                && (AreTold(made.Call.TraceId, inbound.Call.TraceId) ? made.Call.TraceId == inbound.Call.TraceId
                    : !AreTold(made.Call.RequestId, inbound.Call.RequestId) || made.Call.RequestId == inbound.Call.RequestId));

    /// <summary>Calls of one sidecar to one service, the last first.</summary>
    internal IEnumerable<Witness> CallsOf(SidecarCalls sidecar, string upstream) =>
        _bySidecar[(sidecar.Service, sidecar.InstanceId)].Where(witness => !witness.IsInbound && witness.Upstream == upstream);

    /// <summary>Calls that came in to one instance, the last first.</summary>
    internal IEnumerable<Witness> InboundOf(string service, string instance) =>
        _bySidecar[(service, instance)].Where(witness => witness.IsInbound);

    private static bool IsSame(Witness caller, Witness callee) =>
        AreTold(caller.Call.TraceId, callee.Call.TraceId) ? caller.Call.TraceId == callee.Call.TraceId
        : AreTold(caller.Call.RequestId, callee.Call.RequestId) ? caller.Call.RequestId == callee.Call.RequestId
        : caller.Call.Method == callee.Call.Method && IsWithin(callee, caller);

    private static bool IsWithin(Witness inner, Witness outer) => inner.Began >= outer.Began - Skew && inner.Ended <= outer.Ended + Skew;

    private static bool AreTold(string one, string other) => one.Length > 0 && other.Length > 0;
}
