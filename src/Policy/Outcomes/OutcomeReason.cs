namespace Mesh.Policy.Outcomes;

/// <summary>Why an attempt or a call ended as it did.</summary>
public enum OutcomeReason
{
    /// <summary>It succeeded.</summary>
    Ok,

    /// <summary>The endpoint answered with a gRPC status other than OK.</summary>
    GrpcStatus,

    /// <summary>The endpoint answered something other than gRPC with an HTTP status of 400 or more.</summary>
    HttpStatus,

    /// <summary>No connection could be made.</summary>
    ConnectFailed,

    /// <summary>No connection was made in time.</summary>
    ConnectTimeout,

    /// <summary>RST_STREAM with REFUSED_STREAM: nothing was processed (RFC 9113 section 8.7).</summary>
    RefusedStream,

    /// <summary>GOAWAY with a last stream id below the attempt's: nothing was processed (RFC 9113 section 6.8).</summary>
    GoAwayUnprocessed,

    /// <summary>RST_STREAM with another code.</summary>
    Reset,

    /// <summary>The connection was lost with the attempt under way.</summary>
    ConnectionLost,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolError,

    /// <summary>The attempt took longer than one attempt may.</summary>
    PerTryTimeout,

    /// <summary>The call's deadline passed. With source <see cref="OutcomeSource.Upstream"/>: while an endpoint had it.</summary>
    DeadlineExceeded,

    /// <summary>No byte went either way for longer than allowed.</summary>
    IdleTimeout,

    /// <summary>A stream had lasted for as long as its service lets streams last.</summary>
    MaxStreamAge,

    /// <summary>The caller cancelled or went away.</summary>
    DownstreamCancelled,

    /// <summary>No route leads anywhere.</summary>
    NoRoute,

    /// <summary>No service has the name.</summary>
    UnknownService,

    /// <summary>The service has no healthy endpoint.</summary>
    NoHealthyUpstream,

    /// <summary>The breaker of every healthy endpoint is open.</summary>
    CircuitOpen,

    /// <summary>A limit on concurrent or pending calls was exceeded.</summary>
    Overflow,

    /// <summary>The endpoint's answer in gRPC ended without a status that can be read.</summary>
    NoGrpcStatus,

    /// <summary>The call has passed so many sidecars that its route must lead in a circle.</summary>
    Loop,

    /// <summary>Nothing is known of the service, and the control plane has not said anything of it in time.</summary>
    NoControlPlane,

    /// <summary>The sidecar is short of memory: it takes on no more, or no more of this call.</summary>
    MemoryExhausted,

    /// <summary>A call of gRPC to an app that speaks HTTP/1.1 alone.</summary>
    WrongProtocol,

    /// <summary>A rate limit's bucket is empty.</summary>
    RateLimited,

    /// <summary>A fault made on purpose.</summary>
    FaultInjected,

    /// <summary>Its route sends its callers to another place.</summary>
    Redirected,

    /// <summary>Its route answers it.</summary>
    DirectResponse,

    /// <summary>The call has less time left than any endpoint needs, and was not sent.</summary>
    DeadlineTooShort,

    /// <summary>The app's side does not let the call in.</summary>
    AccessDenied,

    /// <summary>Another attempt has answered, or this was a shadow that could not keep up.</summary>
    Lost,
}
