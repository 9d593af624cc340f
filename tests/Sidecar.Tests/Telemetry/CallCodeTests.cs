using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class CallCodeTests
{
    [Fact]
    public void Calls_that_are_not_gRPC_are_told_apart_by_the_class_of_their_status()
    {
        string[] names = [.. ((int[])[101, 200, 204, 302, 404, 503]).Select(s => CallCode.NameOf(CallCode.Of(isGrpc: false, Outcome.FromHttp(s))))];
        Assert.Equal(["HTTP_1XX", "HTTP_2XX", "HTTP_2XX", "HTTP_3XX", "HTTP_4XX", "HTTP_5XX"], names);
        Assert.Equal("HTTP_5XX", CallCode.NameOf(CallCode.Of(isGrpc: false, Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream))));
        Assert.Equal("CANCELLED", CallCode.NameOf(CallCode.Of(isGrpc: false, Outcome.Cancelled())));
    }

    [Fact]
    public void A_gRPC_code_that_nobody_knows_is_UNKNOWN_and_never_OK()
    {
        Assert.Equal("UNKNOWN", CallCode.NameOf(CallCode.Of(isGrpc: true, Outcome.Ok(grpcStatus: -1))));
    }

    [Theory]
    [InlineData(GrpcStatus.Ok, false, false)]
    [InlineData(GrpcStatus.NotFound, true, false)]
    [InlineData(GrpcStatus.Cancelled, true, false)]
    [InlineData(GrpcStatus.Unavailable, true, true)]
    [InlineData(GrpcStatus.Unimplemented, true, true)]
    public void What_is_an_error_depends_on_the_side(int code, bool forCaller, bool forServer)
    {
        Assert.Equal(forCaller, CallCode.IsError(code, Direction.Outbound));
        Assert.Equal(forServer, CallCode.IsError(code, Direction.Inbound));
    }
}
