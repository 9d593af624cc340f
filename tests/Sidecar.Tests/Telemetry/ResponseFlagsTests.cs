using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.AccessLog;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class ResponseFlagsTests
{
    [Theory]
    [InlineData(OutcomeReason.Ok, false, "-")]
    [InlineData(OutcomeReason.GrpcStatus, false, "-")]
    [InlineData(OutcomeReason.GrpcStatus, true, "URX")]
    [InlineData(OutcomeReason.UnknownService, false, "NR")]
    [InlineData(OutcomeReason.NoRoute, false, "NR")]
    [InlineData(OutcomeReason.Loop, false, "NR")]
    [InlineData(OutcomeReason.NoControlPlane, false, "NR")]
    [InlineData(OutcomeReason.NoGrpcStatus, false, "UPE")]
    [InlineData(OutcomeReason.NoHealthyUpstream, false, "UH")]
    [InlineData(OutcomeReason.CircuitOpen, false, "UH")]
    [InlineData(OutcomeReason.Overflow, false, "UO")]
    [InlineData(OutcomeReason.MemoryExhausted, false, "OM")]
    [InlineData(OutcomeReason.DeadlineExceeded, false, "UT")]
    [InlineData(OutcomeReason.PerTryTimeout, true, "UT,URX")]
    [InlineData(OutcomeReason.ConnectFailed, true, "UF,URX")]
    [InlineData(OutcomeReason.ConnectionLost, false, "UC")]
    [InlineData(OutcomeReason.Reset, false, "UR")]
    [InlineData(OutcomeReason.RefusedStream, false, "UR")]
    [InlineData(OutcomeReason.ProtocolError, false, "UPE")]
    [InlineData(OutcomeReason.DownstreamCancelled, false, "DC")]
    [InlineData(OutcomeReason.IdleTimeout, false, "SI")]
    public void Flags_say_why(OutcomeReason reason, bool retried, string flags)
    {
        Assert.Equal(flags, ResponseFlags.Of(reason, retried));
    }
}
