using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Breaking;

/// <summary>
/// Whether an outcome says that the endpoint is bad, for its breaker: that there is nobody, that it does not answer in time
/// or breaks off, and of its answers those that say so themselves (UNAVAILABLE, 502, 503, 504, or what the policy names). An
/// answer of the application's, be it an error, comes from an endpoint that works; and what a caller does is no fault of it.
/// </summary>
public static class EndpointFault
{
    /// <summary>Whether it does, by the codes and statuses that the options name besides.</summary>
    public static bool IsOne(in Outcome outcome, BreakerOptions options)
    {
        if (outcome.Class != OutcomeClass.Failure || outcome.Source == OutcomeSource.Downstream || outcome.IsLocalReply)
        {
            return false;
        }

        return Reasons.Of(outcome.Reason).Blame switch
        {
            Blame.Endpoint => true,
            Blame.EndpointIfSource => outcome.Source == OutcomeSource.Upstream,
            Blame.ByCode => outcome.Source == OutcomeSource.Upstream && IsFaultByCode(outcome, options),
            _ => false,
        };
    }

    private static bool IsFaultByCode(in Outcome outcome, BreakerOptions options) => outcome.Reason == OutcomeReason.GrpcStatus
        ? outcome.GrpcStatus is < 0 or > 16 || (options.Codes >> outcome.GrpcStatus & 1) != 0
        // Below 400 it is a failure only to a caller who asked in gRPC: somebody else answers at that address.
        : outcome.HttpStatus < 400 || options.HttpStatuses.Contains(outcome.HttpStatus);
}
