namespace Mesh.Policy.Outcomes;

/// <summary>
/// The table of reasons: whoever answers, classifies, counts or explains looks here, so that a new reason is a row and nothing else.
/// docs/errors.md shows it to people, and a test holds the two together.
/// </summary>
public static class Reasons
{
    /// <summary>No flag: somebody answered, well or not.</summary>
    public const string NoFlag = "-";

    private static readonly Reason[] Rows = Sorted(
    [
        new(OutcomeReason.Ok, GrpcStatus.Ok, 0, NoFlag, Blame.Nobody, Retriable.Never),
        new(OutcomeReason.GrpcStatus, GrpcStatus.Unknown, 0, NoFlag, Blame.ByCode, Retriable.ByPolicy),
        new(OutcomeReason.HttpStatus, GrpcStatus.Unknown, 503, NoFlag, Blame.ByCode, Retriable.ByPolicy,
            "{endpoint} answered HTTP {status}, which is not gRPC"),
        new(OutcomeReason.NoGrpcStatus, GrpcStatus.Unknown, 503, "UPE", Blame.EndpointIfSource, Retriable.ByPolicy,
            "{endpoint} ended its answer without a grpc-status that can be read"),

        new(OutcomeReason.ConnectFailed, GrpcStatus.Unavailable, 503, "UF", Blame.Endpoint, Retriable.AtOnce,
            "{endpoint} cannot be reached: {why} ({attempts})"),
        new(OutcomeReason.ConnectTimeout, GrpcStatus.Unavailable, 504, "UF", Blame.Endpoint, Retriable.AtOnce,
            "{endpoint} takes connections, but says nothing on them within timeouts.connect of {limit} ({attempts})"),
        new(OutcomeReason.RefusedStream, GrpcStatus.Unavailable, 503, "UR", Blame.Nobody, Retriable.AtOnce,
            "{endpoint} refused the call and has not looked at it ({attempts})"),
        new(OutcomeReason.GoAwayUnprocessed, GrpcStatus.Unavailable, 503, "UC", Blame.Nobody, Retriable.AtOnce,
            "{endpoint} is going away ({attempts})"),
        new(OutcomeReason.Reset, GrpcStatus.Internal, 502, "UR", Blame.EndpointIfSource, Retriable.ByPolicy,
            "{endpoint} reset the stream ({attempts})"),
        new(OutcomeReason.ConnectionLost, GrpcStatus.Unavailable, 502, "UC", Blame.EndpointIfSource, Retriable.ByPolicy,
            "the connection to {endpoint} was lost ({attempts})"),
        new(OutcomeReason.ProtocolError, GrpcStatus.Internal, 502, "UPE", Blame.EndpointIfSource, Retriable.ByPolicy,
            "{endpoint} broke the {protocol} protocol ({attempts})",
            "{endpoint} broke the {protocol} protocol: {why} ({attempts})"),

        // Not DEADLINE_EXCEEDED: the call's own deadline has not passed. UNAVAILABLE is what 504 maps to.
        new(OutcomeReason.PerTryTimeout, GrpcStatus.Unavailable, 504, "UT", Blame.Endpoint, Retriable.ByPolicy,
            "no answer from {endpoint} within timeouts.per_try of {limit} ({attempts})"),
        new(OutcomeReason.DeadlineExceeded, GrpcStatus.DeadlineExceeded, 504, "UT", Blame.EndpointIfSource, Retriable.Never,
            "{missing} from {endpoint} within the caller's deadline of {limit} ({attempts})",
            "{missing} from {endpoint} within timeouts.request of {limit} ({attempts})"),
        new(OutcomeReason.DeadlineTooShort, GrpcStatus.DeadlineExceeded, 504, "DS", Blame.Caller, Retriable.Never,
            "the caller's deadline of {limit} leaves less than half of what the fastest answers take, and the call was not sent; timeouts.send_hopeless sends it",
            "timeouts.request of {limit} leaves less than half of what the fastest answers take, and the call was not sent; timeouts.send_hopeless sends it"),
        new(OutcomeReason.IdleTimeout, GrpcStatus.Unavailable, 504, "SI", Blame.EndpointIfSource, Retriable.Never,
            "no byte to or from {endpoint} for timeouts.idle of {limit} ({attempts})",
            "no byte to or from {endpoint} for {limit}, and the request is not whole (timeouts.idle sets another limit; {attempts})"),
        new(OutcomeReason.MaxStreamAge, GrpcStatus.Unavailable, 503, "UMSDR", Blame.Nobody, Retriable.Never,
            "the stream has lasted for timeouts.max_stream_age of {limit}; open another, which may go to another endpoint than {endpoint}",
            "the stream has lasted for as long as the sidecar beside {endpoint} lets streams last; open another, which may go to another endpoint"),
        new(OutcomeReason.Lost, GrpcStatus.Cancelled, 0, NoFlag, Blame.Nobody, Retriable.Never),
        new(OutcomeReason.DownstreamCancelled, GrpcStatus.Cancelled, 0, "DC", Blame.Caller, Retriable.Never),

        new(OutcomeReason.NoRoute, GrpcStatus.Unavailable, 404, "NR", Blame.Mesh, Retriable.Never,
            "route '{route}' of '{service}' leads to '{target}', which is not known"),
        new(OutcomeReason.UnknownService, GrpcStatus.Unavailable, 404, "NR", Blame.Caller, Retriable.Never,
            "no such service '{service}'"),
        new(OutcomeReason.NoControlPlane, GrpcStatus.Unavailable, 503, "NR", Blame.Mesh, Retriable.Never,
            "the control plane has not said anything of it yet",
            "{why}"),

        // Not UNAVAILABLE: that invites every hop of the circle to try again. 508: RFC 5842 section 7.2.
        new(OutcomeReason.Loop, GrpcStatus.FailedPrecondition, 508, "NR", Blame.Mesh, Retriable.Never,
            "the call has passed {limit} sidecars already: its route leads back to itself"),
        new(OutcomeReason.WrongProtocol, GrpcStatus.Unimplemented, 501, "UPE", Blame.Mesh, Retriable.Never,
            "the app there speaks HTTP/1.1 alone by --app-protocol, and gRPC needs HTTP/2",
            "the app there does not speak HTTP/2, which gRPC needs"),
        new(OutcomeReason.NoHealthyUpstream, GrpcStatus.Unavailable, 503, "UH", Blame.Mesh, Retriable.Never, "{unusable}"),
        new(OutcomeReason.CircuitOpen, GrpcStatus.Unavailable, 503, "UH", Blame.Mesh, Retriable.Never, "{unusable}"),
        new(OutcomeReason.Overflow, GrpcStatus.Unavailable, 503, "UO", Blame.Mesh, Retriable.Never,
            "too many calls are under way (limit {limit})",
            "too many calls wait for a connection (limit {limit})"),

        // RESOURCE_EXHAUSTED: a quota is its caller's matter, and no retry policy should lead past it (RFC 6585 section 4 has 429).
        new(OutcomeReason.RateLimited, GrpcStatus.ResourceExhausted, 429, "RL", Blame.Caller, Retriable.Never,
            "more calls than its rate limit of {limit} allows; try again in {wait}"),
        // Which rule it was is not the caller's to know.
        new(OutcomeReason.AccessDenied, GrpcStatus.PermissionDenied, 403, "AD", Blame.Caller, Retriable.Never,
            "its policy '{limit}' does not let this call in"),
        // Its statuses are those that the configuration asks for.
        new(OutcomeReason.FaultInjected, GrpcStatus.Unavailable, 503, "FI", Blame.Mesh, Retriable.Never,
            "a fault made on purpose, as its configuration or its caller asks for"),
        // Their statuses are those of the route. Of a redirect gRPC knows nothing, and to try again would lead to the same.
        new(OutcomeReason.Redirected, GrpcStatus.FailedPrecondition, 302, "RD", Blame.Nobody, Retriable.Never,
            "route '{route}' sends its callers to another place by a redirect, which gRPC does not follow"),
        new(OutcomeReason.DirectResponse, GrpcStatus.Unknown, 200, "DR", Blame.Nobody, Retriable.Never,
            "route '{route}' answers its calls itself"),

        // Nor here: what is short of memory must not be asked again at once.
        new(OutcomeReason.MemoryExhausted, GrpcStatus.ResourceExhausted, 503, "OM", Blame.Mesh, Retriable.Never,
            "this sidecar is short of memory and takes on no more calls ({used} of {limit} MiB of its heap are in use)",
            "this sidecar has no memory left to hold what is not taken, with {endpoint} as the endpoint ({used} of {limit} MiB of its heap are in use)"),
    ]);

    /// <summary>All of them, by <see cref="OutcomeReason"/>.</summary>
    public static ReadOnlySpan<Reason> All => Rows;

    /// <summary>The row of a reason.</summary>
    public static Reason Of(OutcomeReason reason) => Rows[(int)reason];

    private static Reason[] Sorted(ReadOnlySpan<Reason> rows)
    {
        var sorted = new Reason[Enum.GetValues<OutcomeReason>().Length];
        foreach (var row in rows)
        {
            sorted[(int)row.Value] = row;
        }

        return sorted;
    }
}
