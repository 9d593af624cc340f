using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>One call that has ended, on its way to the exporter: three words, since there may be many under way.</summary>
/// <param name="Method">Which service and method.</param>
/// <param name="Ticks">How long it took.</param>
/// <param name="CodeValue">A <see cref="CallCode"/>; a byte for the sake of the size, as the next two.</param>
/// <param name="ReasonValue">An <see cref="OutcomeReason"/>.</param>
/// <param name="ProtocolValue">A <see cref="CallProtocol"/>.</param>
/// <param name="HttpStatus">The endpoint's; 0 if there was none.</param>
internal readonly record struct CallRecord(
    MethodStatistics Method, long Ticks, byte CodeValue, byte ReasonValue, byte ProtocolValue, ushort HttpStatus)
{
    /// <summary>
    /// Slots of a loop's ring: more than it completes between two rounds of the exporter. What does not fit is missing in
    /// the exported histograms, and counted as missing.
    /// </summary>
    public const int RingSize = 1 << 16;

    public int Code => CodeValue;

    public OutcomeReason Reason => (OutcomeReason)ReasonValue;

    public CallProtocol Protocol => (CallProtocol)ProtocolValue;

    public static CallRecord Of(MethodStatistics method, CallProtocol protocol, int code, in Outcome outcome, long ticks) =>
        new(method, ticks, (byte)code, (byte)outcome.Reason, (byte)protocol, (ushort)outcome.HttpStatus);
}
