using Mesh.Policy.Balancing;

namespace Mesh.Policy.Outcomes;

/// <summary>How an attempt or a call ended: a value, never an exception.</summary>
/// <param name="Class">In one word.</param>
/// <param name="Reason">Why.</param>
/// <param name="Source">Brought about by whom.</param>
/// <param name="NotProcessed">Whether the endpoint provably did nothing with it.</param>
/// <param name="GrpcStatus">The gRPC status the caller gets if nothing else is tried, 0 to 16; -1 unknown.</param>
/// <param name="HttpStatus">The endpoint's HTTP status, or the mesh's own where its row leaves it to the configuration; 0 none.</param>
public readonly record struct Outcome(
    OutcomeClass Class,
    OutcomeReason Reason,
    OutcomeSource Source,
    bool NotProcessed,
    int GrpcStatus,
    int HttpStatus)
{
    // What says that the server is in trouble, as the gRPC codes map to HTTP's 5xx in Envoy's outlier detection, without
    // UNIMPLEMENTED (501): whoever calls a method that is not there would make the endpoint look slow to everybody.
    // RESOURCE_EXHAUSTED (429 in that mapping) does not count: a quota is the caller's matter.
    private const uint ServerFaults =
        (1u << Outcomes.GrpcStatus.Unknown) |
        (1u << Outcomes.GrpcStatus.DeadlineExceeded) |
        (1u << Outcomes.GrpcStatus.Internal) |
        (1u << Outcomes.GrpcStatus.Unavailable) |
        (1u << Outcomes.GrpcStatus.DataLoss);

    /// <summary>
    /// The sidecar beside the endpoint says it of its app, and not the app itself: whether the app is well it tells the registry,
    /// and it counts a connection to it that is lost once, where its callers would count all that it carried.
    /// </summary>
    public bool IsLocalReply { get; init; }

    /// <summary>A success; of a call that is not gRPC the status is -1.</summary>
    public static Outcome Ok(int grpcStatus = 0, int httpStatus = 200)
        => new(OutcomeClass.Success, OutcomeReason.Ok, OutcomeSource.None, false, grpcStatus, httpStatus);

    /// <summary>What an endpoint answered a gRPC call; CANCELLED of its own accord is a failure like others.</summary>
    public static Outcome FromGrpc(int grpcStatus) => grpcStatus == Outcomes.GrpcStatus.Ok
        ? Ok()
        : new(OutcomeClass.Failure, OutcomeReason.GrpcStatus, OutcomeSource.Upstream, false, grpcStatus, 200);

    /// <summary>What an endpoint answered otherwise than with a gRPC status.</summary>
    public static Outcome FromHttp(int httpStatus) => httpStatus < 400
        ? Ok(-1, httpStatus)
        : new(
            OutcomeClass.Failure,
            OutcomeReason.HttpStatus,
            OutcomeSource.Upstream,
            false,
            Outcomes.GrpcStatus.FromHttpStatus(httpStatus),
            httpStatus);

    /// <summary>RST_STREAM from the endpoint, with an HTTP/2 error code.</summary>
    public static Outcome FromReset(uint errorCode)
    {
        const uint refusedStream = 0x7;
        var refused = errorCode == refusedStream;
        return new(
            OutcomeClass.Failure,
            refused ? OutcomeReason.RefusedStream : OutcomeReason.Reset,
            OutcomeSource.Upstream,
            refused,
            Outcomes.GrpcStatus.FromResetCode(errorCode),
            0);
    }

    /// <summary>
    /// A failure without an answer, with what its row of <see cref="Reasons"/> stands for.
    /// </summary>
    public static Outcome Failed(OutcomeReason reason, OutcomeSource source)
    {
        var row = Reasons.Of(reason);
        return new(OutcomeClass.Failure, reason, source, row.Retriable == Retriable.AtOnce, row.GrpcStatus, 0);
    }

    /// <summary>What a route answers itself, in its caller's protocol: a success where an endpoint's answer of that status would be one.</summary>
    /// <param name="reason">How it does.</param>
    /// <param name="isGrpc">What the caller speaks.</param>
    /// <param name="grpcStatus">The code in gRPC.</param>
    /// <param name="httpStatus">The status in HTTP.</param>
    public static Outcome OfRoute(OutcomeReason reason, bool isGrpc, int grpcStatus, int httpStatus) =>
        isGrpc || httpStatus >= 400
            ? Failed(reason, OutcomeSource.Mesh) with { GrpcStatus = grpcStatus, HttpStatus = isGrpc ? 0 : httpStatus }
            : Ok(-1, httpStatus) with { Reason = reason, Source = OutcomeSource.Mesh };

    /// <summary>
    /// The balancer had nobody to pick: the endpoints are ill, their breakers open, or all of them too slow for what is left.
    /// </summary>
    public static Outcome FromPick(PickResult result) => Failed(
        result switch
        {
            PickResult.AllBroken => OutcomeReason.CircuitOpen,
            PickResult.TooLate => OutcomeReason.DeadlineTooShort,
            _ => OutcomeReason.NoHealthyUpstream,
        },
        OutcomeSource.Mesh);

    /// <summary>The caller gave up.</summary>
    public static Outcome Cancelled() => new(
        OutcomeClass.Cancelled,
        OutcomeReason.DownstreamCancelled,
        OutcomeSource.Downstream,
        false,
        Outcomes.GrpcStatus.Cancelled,
        0);

    /// <summary>An attempt that is not needed any more.</summary>
    public static Outcome Lost() => new(OutcomeClass.Cancelled, OutcomeReason.Lost, OutcomeSource.Mesh, false, Outcomes.GrpcStatus.Cancelled, 0);

    /// <summary>
    /// Whether the server did not do what it was asked for, so that its time is no measure of how fast it is: the balancer takes
    /// it as slow, or an endpoint that fails fast would draw the traffic. Whether the endpoint is bad, which its breaker asks,
    /// is another question (<see cref="Breaking.EndpointFault"/>): one bad request can do this to every endpoint.
    /// </summary>
    public bool IsServerFault => Class == OutcomeClass.Failure && Source == OutcomeSource.Upstream && Reason switch
    {
        OutcomeReason.GrpcStatus => GrpcStatus is < 0 or > 16 || (ServerFaults >> GrpcStatus & 1) != 0,
        OutcomeReason.HttpStatus => HttpStatus is >= 500 or < 400,
        OutcomeReason.RefusedStream or OutcomeReason.GoAwayUnprocessed => false,
        _ => true,
    };

    /// <summary>Whether an endpoint answers that it has had enough of these calls.</summary>
    public bool IsRateLimit => Source == OutcomeSource.Upstream
        && this is { Reason: OutcomeReason.GrpcStatus, GrpcStatus: Outcomes.GrpcStatus.ResourceExhausted }
            or { Reason: OutcomeReason.HttpStatus, HttpStatus: 429 };

    /// <summary>
    /// Whether it may say how long the endpoint wants to be left alone: it has had enough of these calls, or cannot take any
    /// (RFC 9110 section 15.6.4).
    /// </summary>
    public bool MayAskForRest => IsRateLimit
        || (Source == OutcomeSource.Upstream
            && this is { Reason: OutcomeReason.GrpcStatus, GrpcStatus: Outcomes.GrpcStatus.Unavailable }
                or { Reason: OutcomeReason.HttpStatus, HttpStatus: 503 });

    /// <summary>
    /// Whether what the caller is told is the mesh's own word, and no endpoint's answer: to whom asks in gRPC an answer in HTTP is
    /// none.
    /// </summary>
    public bool IsMeshsWord(bool isGrpc) =>
        Class == OutcomeClass.Failure && Reason != OutcomeReason.GrpcStatus && (isGrpc || Reason != OutcomeReason.HttpStatus);
}
