using System.Text;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Outcomes;

public class OutcomeTests
{
    [Fact]
    public void Of_the_grpc_codes_those_of_a_server_in_trouble_count_against_the_endpoint()
    {
        var counted = Enumerable.Range(0, 17).Where(code => Outcome.FromGrpc(code).CountsAgainstEndpoint);
        Assert.Equal(
            [GrpcStatus.Unknown, GrpcStatus.DeadlineExceeded, GrpcStatus.Internal, GrpcStatus.Unavailable, GrpcStatus.DataLoss],
            counted);
    }

    [Theory]
    [InlineData(OutcomeReason.ConnectFailed, true, true)]
    [InlineData(OutcomeReason.ConnectTimeout, true, true)]
    [InlineData(OutcomeReason.Reset, true, false)]
    [InlineData(OutcomeReason.ConnectionLost, true, false)]
    [InlineData(OutcomeReason.ProtocolError, true, false)]
    [InlineData(OutcomeReason.NoGrpcStatus, true, false)]
    [InlineData(OutcomeReason.PerTryTimeout, true, false)]
    [InlineData(OutcomeReason.DeadlineExceeded, true, false)]
    [InlineData(OutcomeReason.IdleTimeout, true, false)]
    [InlineData(OutcomeReason.RefusedStream, false, true)]
    [InlineData(OutcomeReason.GoAwayUnprocessed, false, true)]
    public void Upstream_failures_say_whether_they_count_and_whether_anything_was_processed(
        OutcomeReason reason, bool counts, bool notProcessed)
    {
        var outcome = Outcome.Failed(reason, OutcomeSource.Upstream);
        Assert.Equal((counts, notProcessed), (outcome.CountsAgainstEndpoint, outcome.NotProcessed));
        Assert.False(Outcome.Failed(reason, OutcomeSource.Downstream).CountsAgainstEndpoint);
    }

    [Fact]
    public void What_callers_and_the_mesh_bring_about_does_not_count()
    {
        Assert.False(Outcome.Cancelled().CountsAgainstEndpoint);
        Assert.False(Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Mesh).CountsAgainstEndpoint);
        Assert.False(Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh).CountsAgainstEndpoint);
        Assert.True(Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Mesh).CountsAgainstEndpoint);
    }

    [Fact]
    public void A_page_that_is_well_is_a_failure_of_an_endpoint_that_was_asked_in_grpc()
    {
        var page = new Outcome(OutcomeClass.Failure, OutcomeReason.HttpStatus, OutcomeSource.Upstream, false, GrpcStatus.Unknown, 200);
        Assert.True(page.CountsAgainstEndpoint);
    }

    [Fact]
    public void A_circle_is_nobody_s_fault_and_not_to_be_tried_again()
    {
        var outcome = Outcome.Failed(OutcomeReason.Loop, OutcomeSource.Mesh);
        Assert.Equal((GrpcStatus.FailedPrecondition, false, false), (outcome.GrpcStatus, outcome.NotProcessed, outcome.CountsAgainstEndpoint));
    }

    [Theory]
    [InlineData(200, false, OutcomeClass.Success)]
    [InlineData(302, false, OutcomeClass.Success)]
    [InlineData(404, false, OutcomeClass.Failure)]
    [InlineData(429, false, OutcomeClass.Failure)]
    [InlineData(500, true, OutcomeClass.Failure)]
    [InlineData(503, true, OutcomeClass.Failure)]
    public void Http_statuses_from_500_count(int status, bool counts, OutcomeClass expected)
    {
        var outcome = Outcome.FromHttp(status);
        Assert.Equal((counts, expected), (outcome.CountsAgainstEndpoint, outcome.Class));
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
