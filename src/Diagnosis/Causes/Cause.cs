namespace Mesh.Diagnosis.Causes;

/// <summary>Why calls fail or are slow, as <c>meshctl why</c> names it. What each means, and what to do, is a row of <see cref="CauseTable"/>.</summary>
public enum Cause
{
    /// <summary>The app's own error.</summary>
    AppError,

    /// <summary>The app says that the call itself is wrong.</summary>
    AppRefused,

    /// <summary>The app has no such method.</summary>
    MethodUnknown,

    /// <summary>The app answered HTTP 5xx.</summary>
    AppHttpError,

    /// <summary>What answers is no gRPC.</summary>
    NotGrpc,

    /// <summary>An answer of gRPC without a status.</summary>
    AnswerBroken,

    /// <summary>Nothing listens where the app should.</summary>
    AppDown,

    /// <summary>The app takes connections and says nothing.</summary>
    AppSilent,

    /// <summary>The app's connection went with calls under way.</summary>
    AppCrashed,

    /// <summary>The app broke the call off.</summary>
    AppReset,

    /// <summary>The app breaks HTTP.</summary>
    AppBreaksProtocol,

    /// <summary>The app takes too long itself.</summary>
    AppSlow,

    /// <summary>gRPC to an app of HTTP/1.1.</summary>
    AppWrongProtocol,

    /// <summary>Nothing listens at an instance's address.</summary>
    InstanceGone,

    /// <summary>There is no way to an instance's address.</summary>
    NetworkUnreachable,

    /// <summary>A host name has no address.</summary>
    NameUnresolved,

    /// <summary>The two do not come to trust each other.</summary>
    TlsFailed,

    /// <summary>An instance's address takes connections, or packets, and says nothing.</summary>
    InstanceSilent,

    /// <summary>The connection between two sidecars was lost.</summary>
    ConnectionLost,

    /// <summary>An instance is going away.</summary>
    InstanceLeaves,

    /// <summary>An instance takes no more streams.</summary>
    StreamRefused,

    /// <summary>An instance broke the call off.</summary>
    PeerReset,

    /// <summary>An instance breaks HTTP.</summary>
    PeerBreaksProtocol,

    /// <summary>An instance takes too long, and nothing tells why.</summary>
    InstanceSlow,

    /// <summary>Those before had used up the time.</summary>
    DeadlineEatenBefore,

    /// <summary>Failed attempts have used up the time.</summary>
    DeadlineEatenByRetries,

    /// <summary>The time went by in waiting for a connection.</summary>
    DeadlineEatenByConnecting,

    /// <summary>Less time than any answer takes.</summary>
    DeadlineTooShort,

    /// <summary>An attempt had less time than the instance takes.</summary>
    PerTryTooShort,

    /// <summary>Nothing moved for too long.</summary>
    StreamIdle,

    /// <summary>A stream has lasted for as long as streams may.</summary>
    StreamAged,

    /// <summary>The caller did not wait.</summary>
    CallerGaveUp,

    /// <summary>No service has the name.</summary>
    UnknownService,

    /// <summary>A route leads to a service that is not known.</summary>
    NoRoute,

    /// <summary>A sidecar goes on with an old configuration.</summary>
    ConfigRejected,

    /// <summary>Routes lead in a circle.</summary>
    RouteLoop,

    /// <summary>The service has no instance.</summary>
    NoInstances,

    /// <summary>No instance is of the subset.</summary>
    SubsetEmpty,

    /// <summary>No instance is well.</summary>
    AllUnhealthy,

    /// <summary>Circuits keep calls away.</summary>
    CircuitOpen,

    /// <summary>As many calls are under way as may be.</summary>
    PoolFull,

    /// <summary>Those who are left have to bear all calls.</summary>
    PoolFullBehindOpenCircuit,

    /// <summary>Too many wait for a connection.</summary>
    TooManyWaiting,

    /// <summary>More calls than a rate limit allows.</summary>
    RateLimited,

    /// <summary>A rule of authorization keeps the caller out, or none lets it in.</summary>
    AccessDenied,

    /// <summary>Too much fails for everything to be tried again.</summary>
    RetryBudgetSpent,

    /// <summary>A fault made on purpose.</summary>
    FaultInjected,

    /// <summary>A delay made on purpose.</summary>
    FaultDelay,

    /// <summary>The route sends callers elsewhere.</summary>
    RouteRedirect,

    /// <summary>The route answers itself.</summary>
    RouteAnswer,

    /// <summary>The sidecar is short of memory.</summary>
    MemoryExhausted,

    /// <summary>Nobody can be asked where the service is.</summary>
    NoControlPlane,

    /// <summary>The callee's sidecar answered in place of its app.</summary>
    CalleesSidecar,

    /// <summary>Nothing that is known here.</summary>
    Unknown,
}
