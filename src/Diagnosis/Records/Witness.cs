using Mesh.V1;

namespace Mesh.Diagnosis.Records;

/// <summary>A call as one sidecar saw it. The same call has two: its caller's and its callee's.</summary>
/// <param name="Sidecar">Who tells.</param>
/// <param name="Call">What it tells.</param>
public sealed record Witness(SidecarCalls Sidecar, CallReport Call)
{
    /// <summary>It came in to the service beside the sidecar.</summary>
    public bool IsInbound => Call.Side == CallSide.Inbound;

    /// <summary>It neither failed nor was given up; it was slow.</summary>
    public bool IsSlowOnly => Call.Slow;

    /// <summary>Who called, as far as this sidecar knows: outbound the service beside it, inbound an address.</summary>
    public string Caller => IsInbound ? Call.Peer : NameOf(Sidecar);

    /// <summary>The sidecar for people: SERVICE/INSTANCE.</summary>
    public string Place => NameOf(Sidecar);

    /// <summary>The service whose endpoints it went to; where it did not come so far, the one asked for.</summary>
    public string Upstream => Call.Upstream.Length > 0 ? Call.Upstream : Call.Service;

    internal long Began => Call.Started is { } started ? (started.Seconds * 1_000_000) + (started.Nanos / 1000) : 0;

    internal long Ended => Began + Call.DurationMicros;

    /// <summary>The attempt that its caller's answer is from: the last one.</summary>
    internal AttemptReport? Last => Call.Attempts.Count == 0 ? null : Call.Attempts[^1];

    private static string NameOf(SidecarCalls sidecar) =>
        sidecar.Service.Length == 0 ? $"a client ({sidecar.InstanceId})" : $"{sidecar.Service}/{sidecar.InstanceId}";
}
