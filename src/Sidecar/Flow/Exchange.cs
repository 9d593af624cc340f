using System.Diagnostics;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// One call on its way through the rooms: data, pooled by the worker, that each step of <see cref="RequestFlow"/> adds to.
/// It is the handler of the downstream stream and passes on what comes from there.
/// </summary>
internal sealed class Exchange : IStreamHandler, ITimerTarget
{
    /// <summary>More attempts than any policy allows, those that were not processed included.</summary>
    public const int MostAttempts = 16;

    public const int DeadlineTimer = 0;
    public const int BackoffTimer = 1;
    public const int HeldHeadTimer = 2;
    public const int ParkTimer = 3;
    public const int IdleTimer = 4;

    private readonly EndpointState[] _tried = new EndpointState[MostAttempts];

    public Exchange(Worker worker)
    {
        Worker = worker;
        Body = new RequestBody(worker.Loop.Segments);
        Deadline = new LoopTimer(this, DeadlineTimer);
        Backoff = new LoopTimer(this, BackoffTimer);
        HeldHead = new LoopTimer(this, HeldHeadTimer);
        Park = new LoopTimer(this, ParkTimer);
        Idle = new LoopTimer(this, IdleTimer);
    }

    public Worker Worker { get; }

    /// <summary>The steps it goes through: outbound by name, outbound to one service, or inbound.</summary>
    public RequestFlow Flow { get; set; } = null!;

    // 2: the request's head.
    public MessageStream? Downstream { get; set; }

    /// <summary>As received, and then as it is sent on.</summary>
    public HeaderList Request { get; } = new();

    public RequestBody Body { get; }

    /// <summary>What its caller speaks.</summary>
    public CallProtocol Protocol { get; set; }

    public bool IsGrpc => Protocol == CallProtocol.Grpc;

    /// <summary>What the connection of its attempt speaks.</summary>
    public Protocol Wire { get; set; }

    /// <summary>
    /// What an endpoint is spoken to in. An app is called in what its caller speaks; between two sidecars calls share a connection of
    /// HTTP/2, but for what asks to change the protocol.
    /// </summary>
    public Protocol WireTo(Endpoint endpoint) =>
        Protocol != CallProtocol.Http1 || (endpoint.IsSidecar && Request.IndexOf(KnownHeader.Upgrade) < 0)
            ? Mesh.Wire.Streams.Protocol.Http2
            : Mesh.Wire.Streams.Protocol.Http1;

    /// <summary>Its caller's connection carries one call at a time.</summary>
    public bool IsDownstreamHttp1 => Downstream!.Protocol == Mesh.Wire.Streams.Protocol.Http1;

    /// <summary>Attempts that the caller itself has made before.</summary>
    public int CallerAttempts { get; set; }

    // 3: what holds for it.
    public MeshSnapshot Snapshot { get; set; } = MeshSnapshot.Empty;

    /// <summary>In the loop's ticks.</summary>
    public long Started { get; set; }

    /// <summary>When a byte last went either way, in the loop's ticks. The timer looks at it only when it fires.</summary>
    public long LastActivity { get; set; }

    /// <summary>In the loop's ticks; <see cref="long.MaxValue"/> is none.</summary>
    public long DeadlineAt { get; set; }

    /// <summary>The one that the caller chose, in the loop's ticks; <see cref="long.MaxValue"/> is none.</summary>
    public long CallersDeadlineAt { get; set; }

    /// <summary>The deadline in force is the caller's, not the route's.</summary>
    public bool IsDeadlineCallers => DeadlineAt == CallersDeadlineAt;

    /// <summary>The caller's own deadline has passed, whoever notices it first.</summary>
    public bool IsCallersTimeUp => Worker.Loop.Now >= CallersDeadlineAt;

    // 4: where it goes.
    /// <summary>The service that the caller asks for; null as long as it is none that is known.</summary>
    public Cluster? Asked { get; set; }

    /// <summary>Where the call goes: the same, or where its route leads.</summary>
    public Cluster? Cluster { get; set; }

    public ClusterRoute? Route { get; set; }

    // 5: let in.
    public bool IsAdmitted { get; set; }

    // 6: attempts.
    public Attempt? Current { get; set; }

    public int Attempts { get; set; }

    public int NotProcessedAttempts { get; set; }

    /// <summary>The attempt waits for a connection and counts against the cluster's limit on that.</summary>
    public bool IsPending { get; set; }

    /// <summary>Why the last attempt's connection has failed, for people; null if it has not, or nobody knows.</summary>
    public string? Failure { get; set; }

    /// <summary>Where the last attempt went.</summary>
    public Endpoint? LastEndpoint { get; set; }

    public ReadOnlySpan<EndpointState> Tried => _tried.AsSpan(0, Math.Min(Attempts, MostAttempts));

    // The response.

    /// <summary>A part of the answer is with the downstream: there is no way back.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>The answer's head, while a retry is still possible; empty otherwise.</summary>
    public HeaderList Held { get; } = new();

    public bool IsHolding { get; set; }

    /// <summary>Of the head of an answer in gRPC; 200 as a rule.</summary>
    public int GrpcHttpStatus { get; set; }

    /// <summary>The end of the last attempt's answer in gRPC, which is the call's should there be nobody left to try; else empty.</summary>
    public HeaderList LastAnswer { get; } = new();

    /// <summary>The answer's head has a gRPC status already, which <see cref="Outcome"/> holds, although a body may follow.</summary>
    public bool HasEarlyStatus { get; set; }

    /// <summary>Both sides have changed the protocol: bytes go both ways, and each way ends by itself.</summary>
    public bool IsTunnel { get; set; }

    /// <summary>Of a tunnel: the endpoint has said its last word, and the caller has not.</summary>
    public bool IsAnswered { get; set; }

    public GrpcFraming ResponseFraming;

    public long ResponseBytes { get; set; }

    // 7 and 8: how it ended.
    public Outcome Outcome { get; set; }

    public bool IsRecorded { get; set; }

    public Activity? Span { get; set; }

    /// <summary>Of the attempt under way, if it is not the first.</summary>
    public Activity? AttemptSpan { get; set; }

    public MethodStatistics? Statistics { get; set; }

    public LoopTimer Deadline { get; }

    public LoopTimer Backoff { get; }

    public LoopTimer HeldHead { get; }

    public LoopTimer Park { get; }

    public LoopTimer Idle { get; }

    /// <summary>In the worker's list of calls that wait for word of a service.</summary>
    public bool IsParked { get; set; }

    public void AddTried(EndpointState endpoint)
    {
        if (Attempts < MostAttempts)
        {
            _tried[Attempts] = endpoint;
        }

        Attempts++;
    }

    public void StopPending()
    {
        if (IsPending)
        {
            IsPending = false;
            Cluster!.Limit.StopWaiting();
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        OnActivity();
        Body.OnData(stream, Current?.Stream, data, endStream);
        if (Body.IsHolding)
        {
            Flow.OnHeld(this);
        }
        else if (IsAnswered && endStream && Current is { } attempt)
        {
            Flow.Complete(this, attempt, Outcome);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        OnActivity();
        Body.OnTrailers(Current?.Stream, trailers);
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        OnActivity();
        Current?.Stream?.ReturnCredit(bytes);
    }

    /// <summary>How long nothing may move, in ticks; 0 is for ever.</summary>
    public long IdleLimit => Route!.IdleTimeout > 0 ? Route.IdleTimeout : Body.Ended ? 0 : Route.SilentRequestTimeout;

    /// <summary>Something went one way or the other.</summary>
    public void OnActivity() => LastActivity = Worker.Loop.Now;

    public void OnReset(MessageStream stream, StreamReset reset) => Flow.OnDownstreamGone(this);

    public void OnClosed(MessageStream stream)
    {
        Flow.OnDownstreamClosed(this);
        Clear();
        Worker.Return(this);
    }

    public void OnTimer(int kind)
    {
        switch (kind)
        {
            case DeadlineTimer:
                Flow.OnDeadline(this);
                break;
            case BackoffTimer:
                Flow.Try(this);
                break;
            case HeldHeadTimer:
                Flow.Response.ReleaseHeld(this);
                break;
            case ParkTimer:
                Flow.OnParkedTooLong(this);
                break;
            case IdleTimer:
                OnIdleTimer();
                break;
        }
    }

    void IStreamHandler.OnInterim(MessageStream stream, HeaderList headers) => throw new UnreachableException();

    void IStreamHandler.OnHeaders(MessageStream stream, HeaderList headers, bool endStream) => throw new UnreachableException();

    private void OnIdleTimer()
    {
        var limit = IdleLimit;
        if (limit == 0)
        {
            return; // the request has become whole
        }

        var now = Worker.Loop.Now;
        var due = LastActivity + limit;
        if (due <= now && Route!.IdleTimeout == 0 && Current is { HeadReceived: > 0 })
        {
            due = now + limit; // it may be silent as long as there is an answer, which a retry may throw away
        }

        if (due > now)
        {
            Worker.Loop.Timers.Schedule(Idle, due);
            return;
        }

        if (Route!.IdleTimeout == 0)
        {
            Downstream!.Report(ProtocolViolation.SlowBody);
        }

        Flow.OnIdle(this);
    }

    private void Clear()
    {
        Deadline.Cancel();
        Backoff.Cancel();
        HeldHead.Cancel();
        Park.Cancel();
        Idle.Cancel();
        Downstream = null;
        Request.Clear();
        Request.Trim();
        Held.Clear();
        Held.Trim();
        LastAnswer.Clear();
        LastAnswer.Trim();
        Body.Clear();
        Snapshot = MeshSnapshot.Empty;
        Asked = Cluster = null;
        Route = null;
        Current = null;
        LastEndpoint = null;
        Failure = null;
        Span = AttemptSpan = null;
        Statistics = null;
        Array.Clear(_tried, 0, Math.Min(Attempts, MostAttempts));
        Attempts = NotProcessedAttempts = 0;
        CallerAttempts = 0;
        HasEarlyStatus = false;
        IsAdmitted = IsCommitted = IsHolding = IsRecorded = IsParked = IsPending = IsTunnel = IsAnswered = false;
        ResponseFraming = default;
        ResponseBytes = 0;
        Outcome = default;
    }
}
