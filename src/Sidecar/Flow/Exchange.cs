using System.Diagnostics;
using System.Net;
using Mesh.Policy;
using Mesh.Policy.Calls;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Flow.Stages;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// One call on its way through the rooms: data, pooled by the worker, to which each step of <see cref="RequestFlow"/> adds its stage.
/// It is the handler of the downstream stream and passes on what comes from there.
/// </summary>
internal sealed class Exchange : CallFacts, IStreamHandler, ITimerTarget
{
    private const int DeadlineTimer = 0;
    private const int PauseTimer = 1;
    private const int ParkTimer = 2;
    private const int IdleTimer = 3;
    private const int HedgeTimer = 4;
    private const int AgeTimer = 5;

    public Exchange(Worker worker)
    {
        Worker = worker;
        Body = new RequestBody(worker.Loop.Segments);
        Deadline = new LoopTimer(this, DeadlineTimer);
        Pause = new LoopTimer(this, PauseTimer);
        Park = new LoopTimer(this, ParkTimer);
        Idle = new LoopTimer(this, IdleTimer);
        Hedge = new LoopTimer(this, HedgeTimer);
        Age = new LoopTimer(this, AgeTimer);
    }

    public Worker Worker { get; }

    /// <summary>The steps it goes through: outbound by name, outbound to one service, or inbound.</summary>
    public RequestFlow Flow { get; set; } = null!;

    /// <summary>The caller's stream.</summary>
    public MessageStream? Downstream { get; set; }

    /// <summary>The request's head as it came, but for its place in the trace.</summary>
    public HeaderList Request { get; } = new();

    public RequestBody Body { get; }

    /// <summary>When a byte last went either way, in the loop's ticks. The timer looks at it only when it fires.</summary>
    public long LastActivity { get; set; }

    // The stages, in the order of the steps. Each is reset as a whole, so that nothing of a call is left for the next.
    public CallHead Head;
    public CallRoute Route;
    public CallAdmission Admission;
    public CallStream Stream;
    public CallResponse Response;
    public CallEnd End;

    public AttemptSet Attempts { get; } = new();

    /// <summary>The end of the last attempt's answer in gRPC, which is the call's should there be nobody left to try; else empty.</summary>
    public HeaderList LastAnswer { get; } = new();

    public LoopTimer Deadline { get; }

    /// <summary>Of a phase, or between two attempts.</summary>
    public LoopTimer Pause { get; }

    public LoopTimer Park { get; }

    public LoopTimer Idle { get; }

    public LoopTimer Hedge { get; }

    /// <summary>Of a stream that may not last.</summary>
    public LoopTimer Age { get; }

    public override bool IsGrpc => Head.Protocol == CallProtocol.Grpc;

    /// <summary>Its caller's connection carries one call at a time.</summary>
    public bool IsDownstreamHttp1 => Downstream!.Protocol == Protocol.Http1;

    /// <summary>The caller's own deadline has passed, whoever notices it first.</summary>
    public bool IsCallersTimeUp => Now >= Head.CallersDeadlineAt;

    /// <summary>How long nothing may move, in ticks; 0 is for ever.</summary>
    public long IdleLimit => Route.Rule!.IdleTimeout > 0 ? Route.Rule.IdleTimeout : Body.Ended ? 0 : Route.Rule.SilentRequestTimeout;

    public override ReadOnlySpan<byte> Path => RequestHead.PathOf(Request);

    /// <summary>The path with the query, if there is one; empty of a CONNECT.</summary>
    public ReadOnlySpan<byte> Target => Request.TryGet(KnownHeader.Path, out var target) ? target : default;

    public override ReadOnlySpan<byte> Method => Request.TryGet(KnownHeader.Method, out var method) ? method : default;

    public override IPAddress? Source => Downstream?.Connection.Remote?.Address;

    public override string? Identity => Downstream?.Connection.PeerIdentity?.Text;

    public override long Now => Worker.Loop.Now;

    public override long StartedAt => Head.Started;

    public override long DeadlineAt => Head.DeadlineAt;

    public override ref Rng Random => ref Worker.Random;

    /// <summary>
    /// What an endpoint is spoken to in. An app is called in what its caller speaks, unless it speaks one protocol alone; between two
    /// sidecars calls share a connection of HTTP/2. What asks to change the protocol is left in HTTP/1.1, and gRPC in HTTP/2.
    /// </summary>
    public Protocol WireTo(Endpoint endpoint) => Head.Protocol switch
    {
        CallProtocol.Grpc => Protocol.Http2,
        CallProtocol.Http1 when Request.IndexOf(KnownHeader.Upgrade) >= 0 => Protocol.Http1,
        CallProtocol.Http1 => endpoint.IsSidecar ? Protocol.Http2 : endpoint.App?.Only ?? Protocol.Http1,
        _ => endpoint.App?.Only ?? Protocol.Http2,
    };

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => Request.TryGet(lowerCaseName, out value);

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, int skip, out ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < Request.Count; i++)
        {
            if (Request[i].Name.SequenceEqual(lowerCaseName) && skip-- == 0)
            {
                value = Request[i].Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Something went one way or the other.</summary>
    public void OnActivity() => LastActivity = Now;

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        OnActivity();
        if (IsGrpc)
        {
            Stream.Requests.Feed(data, LastActivity);
        }
        else
        {
            Stream.Requests.Pass(LastActivity);
        }

        Body.OnData(stream, Attempts, data, endStream);
        if (Body.IsHolding)
        {
            Flow.OnHeld(this);
        }
        else if (Response.IsAnswered && endStream && Attempts.Committed is { } attempt)
        {
            Flow.Attempts.Complete(this, attempt, attempt.Answer.Outcome);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        OnActivity();
        Body.OnTrailers(Attempts, trailers);
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        OnActivity();
        if (!End.IsRecorded)
        {
            Attempts.Committed?.Stream?.ReturnCredit(bytes);
        }
    }

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
            case PauseTimer:
                Flow.OnPauseOver(this);
                break;
            case ParkTimer:
                Flow.OnParkedTooLong(this);
                break;
            case IdleTimer:
                OnIdleTimer();
                break;
            case HedgeTimer:
                Flow.Attempts.Companions.OnDue(this);
                break;
            case AgeTimer:
                Flow.Aging.OnDue(this);
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

        var now = Now;
        var due = LastActivity + limit;
        if (due <= now && Route.Rule!.IdleTimeout == 0 && Attempts.IsAnswered)
        {
            due = now + limit; // it may be silent as long as there is an answer, which a retry may throw away
        }

        if (due > now)
        {
            Worker.Loop.Timers.Schedule(Idle, due);
            return;
        }

        if (Route.Rule!.IdleTimeout == 0)
        {
            Downstream!.Report(ProtocolViolation.SlowBody);
        }

        Flow.OnIdle(this);
    }

    private void Clear()
    {
        Deadline.Cancel();
        Pause.Cancel();
        Park.Cancel();
        Idle.Cancel();
        Hedge.Cancel();
        Age.Cancel();
        Downstream = null;
        Request.Clear();
        Request.Trim();
        LastAnswer.Clear();
        LastAnswer.Trim();
        Body.Clear();
        Attempts.Clear();
        Head = default;
        Route = default;
        Admission = default;
        Stream = default;
        Response = default;
        End = default;
    }
}
