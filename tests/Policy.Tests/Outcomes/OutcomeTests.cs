using System.Text;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Outcomes;

public class OutcomeTests
{
    [Fact]
    public void Of_the_grpc_codes_those_of_a_server_in_trouble_are_its_fault()
    {
        var faults = Enumerable.Range(0, 17).Where(code => Outcome.FromGrpc(code).IsServerFault);
        Assert.Equal(
            [GrpcStatus.Unknown, GrpcStatus.DeadlineExceeded, GrpcStatus.Internal, GrpcStatus.Unavailable, GrpcStatus.DataLoss],
            faults);
    }

    [Theory]
    [InlineData(OutcomeReason.ConnectFailed, true)]
    [InlineData(OutcomeReason.ConnectTimeout, true)]
    [InlineData(OutcomeReason.Reset, false)]
    [InlineData(OutcomeReason.ConnectionLost, false)]
    [InlineData(OutcomeReason.PerTryTimeout, false)]
    [InlineData(OutcomeReason.RefusedStream, true)]
    [InlineData(OutcomeReason.GoAwayUnprocessed, true)]
    public void Failures_say_whether_anything_was_processed(OutcomeReason reason, bool notProcessed) =>
        Assert.Equal(notProcessed, Outcome.Failed(reason, OutcomeSource.Upstream).NotProcessed);

    [Fact]
    public void A_circle_is_nobody_s_fault_and_not_to_be_tried_again()
    {
        var outcome = Outcome.Failed(OutcomeReason.Loop, OutcomeSource.Mesh);
        Assert.Equal((GrpcStatus.FailedPrecondition, false, false), (outcome.GrpcStatus, outcome.NotProcessed, outcome.IsServerFault));
    }

    [Theory]
    [InlineData(200, false, OutcomeClass.Success)]
    [InlineData(302, false, OutcomeClass.Success)]
    [InlineData(404, false, OutcomeClass.Failure)]
    [InlineData(429, false, OutcomeClass.Failure)]
    [InlineData(500, true, OutcomeClass.Failure)]
    [InlineData(503, true, OutcomeClass.Failure)]
    public void Http_statuses_from_500_are_the_servers_fault(int status, bool isFault, OutcomeClass expected)
    {
        var outcome = Outcome.FromHttp(status);
        Assert.Equal((isFault, expected), (outcome.IsServerFault, outcome.Class));
    }

    [Theory]
    [InlineData(400, "INTERNAL")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(403, "PERMISSION_DENIED")]
    [InlineData(404, "UNIMPLEMENTED")]
    [InlineData(429, "UNAVAILABLE")]
    [InlineData(502, "UNAVAILABLE")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(504, "UNAVAILABLE")]
    [InlineData(500, "UNKNOWN")]
    [InlineData(418, "UNKNOWN")]
    public void Http_statuses_map_as_grpc_says(int status, string name)
        => Assert.Equal(name, Encoding.ASCII.GetString(GrpcStatus.NameOf(GrpcStatus.FromHttpStatus(status))));

    [Theory]
    [InlineData(0x0, "INTERNAL")]
    [InlineData(0x1, "INTERNAL")]
    [InlineData(0x7, "UNAVAILABLE")]
    [InlineData(0x8, "CANCELLED")]
    [InlineData(0xb, "RESOURCE_EXHAUSTED")]
    [InlineData(0xc, "PERMISSION_DENIED")]
    [InlineData(0xd, "UNKNOWN")]
    [InlineData(0xffffffff, "UNKNOWN")]
    public void Reset_codes_map_as_grpc_says(uint code, string name)
        => Assert.Equal(name, GrpcStatus.TextOf(GrpcStatus.FromResetCode(code)));

    [Fact]
    public void Names_read_back_to_their_codes()
    {
        for (var code = 0; code <= 16; code++)
        {
            Assert.Equal(GrpcStatus.TextOf(code), Encoding.ASCII.GetString(GrpcStatus.NameOf(code)));
            Assert.True(GrpcStatus.TryParse(GrpcStatus.TextOf(code), out var parsed));
            Assert.Equal(code, parsed);
        }

        Assert.False(GrpcStatus.TryParse("unavailable", out _));
        Assert.Equal("UNKNOWN", GrpcStatus.TextOf(17));
        Assert.Equal("UNKNOWN", GrpcStatus.TextOf(-1));
    }

    [Theory]
    [InlineData("0", true, 0)]
    [InlineData("14", true, 14)]
    [InlineData("16", true, 16)]
    [InlineData("17", true, 2)]
    [InlineData("999999999", true, 2)]
    [InlineData("", false, 2)]
    [InlineData("-1", false, 2)]
    [InlineData("1 ", false, 2)]
    [InlineData("99999999999999999999", false, 2)]
    public void The_grpc_status_header_is_read_strictly(string text, bool valid, int code)
    {
        Assert.Equal(valid, GrpcStatus.TryParseCode(Encoding.ASCII.GetBytes(text), out var parsed));
        Assert.Equal(code, parsed);
    }
}
