using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Breaking;

public class EndpointFaultTests
{
    private static readonly BreakerOptions Chosen = new()
    {
        Codes = (1u << GrpcStatus.Unknown) | (1u << GrpcStatus.Internal),
        HttpStatuses = new HttpStatusSet([500]),
    };

    [Fact]
    public void Of_the_grpc_codes_unavailable_speaks_against_the_endpoint_unless_others_are_named()
    {
        Assert.Equal([GrpcStatus.Unavailable], Codes(BreakerOptions.Default));
        Assert.Equal([GrpcStatus.Unknown, GrpcStatus.Internal], Codes(Chosen));
    }

    [Fact]
    public void Of_the_http_statuses_502_to_504_speak_against_the_endpoint_unless_others_are_named()
    {
        Assert.Equal([502, 503, 504], Statuses(BreakerOptions.Default));
        Assert.Equal([500], Statuses(Chosen));
    }

    [Fact]
    public void A_page_that_is_well_is_a_failure_of_an_endpoint_that_was_asked_in_grpc()
    {
        var page = new Outcome(OutcomeClass.Failure, OutcomeReason.HttpStatus, OutcomeSource.Upstream, false, GrpcStatus.Unknown, 200);
        Assert.True(EndpointFault.IsOne(page, BreakerOptions.Default));
    }

    [Theory]
    [InlineData(OutcomeReason.ConnectFailed, true)]
    [InlineData(OutcomeReason.ConnectTimeout, true)]
    [InlineData(OutcomeReason.Reset, true)]
    [InlineData(OutcomeReason.ConnectionLost, true)]
    [InlineData(OutcomeReason.ProtocolError, true)]
    [InlineData(OutcomeReason.NoGrpcStatus, true)]
    [InlineData(OutcomeReason.PerTryTimeout, true)]
    [InlineData(OutcomeReason.DeadlineExceeded, true)]
    [InlineData(OutcomeReason.IdleTimeout, true)]
    [InlineData(OutcomeReason.RefusedStream, false)]
    [InlineData(OutcomeReason.GoAwayUnprocessed, false)]
    public void What_breaks_off_or_does_not_come_speaks_against_it_unless_its_caller_brought_it_about(OutcomeReason reason, bool isFault)
    {
        Assert.Equal(isFault, EndpointFault.IsOne(Outcome.Failed(reason, OutcomeSource.Upstream), BreakerOptions.Default));
        Assert.False(EndpointFault.IsOne(Outcome.Failed(reason, OutcomeSource.Downstream), BreakerOptions.Default));
    }

    [Fact]
    public void What_callers_and_the_mesh_bring_about_does_not()
    {
        Assert.False(EndpointFault.IsOne(Outcome.Cancelled(), BreakerOptions.Default));
        Assert.False(EndpointFault.IsOne(Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Mesh), BreakerOptions.Default));
        Assert.False(EndpointFault.IsOne(Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh), BreakerOptions.Default));
        Assert.True(EndpointFault.IsOne(Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Mesh), BreakerOptions.Default));
    }

    private static IEnumerable<int> Codes(BreakerOptions options) =>
        Enumerable.Range(0, 17).Where(code => EndpointFault.IsOne(Outcome.FromGrpc(code), options));

    private static IEnumerable<int> Statuses(BreakerOptions options) =>
        Enumerable.Range(200, 400).Where(status => EndpointFault.IsOne(Outcome.FromHttp(status), options));
}
