using System.Diagnostics;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Flow.Stages;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// One try on one endpoint: holds what was picked from the pick to the result, a head and a place in the request's body of its own, and
/// the upstream stream. Pooled by the worker; goes back when its stream is closed and its call has let go of it. What it brings back it
/// gives to its relay.
/// </summary>
internal sealed class Attempt : ConnectionWaiter, IStreamHandler, ITimerTarget
{
    private const int PerTryTimer = 0;
    private const int HeldTimer = 1;

    /// <summary>A shadow that is silent for as long is given up: nobody waits for it.</summary>
    private static readonly long ShadowTime = TimeSpan.FromSeconds(15).Ticks;

    private readonly Worker _worker;
    private readonly LoopTimer _perTry;
    private readonly LoopTimer _held;
    private Exchange? _exchange;
    private AttemptRelay? _relay;
    private EndpointConnections? _connections;
    private ClusterLimits? _waitsIn;
    private ClusterLimits? _placeIn;
    private Pick _pick;
    private long _sent;
    private bool _isGrpc;
    private bool _isToldAlready;
    private bool _inUse;

    public Attempt(Worker worker)
    {
        _worker = worker;
        _perTry = new LoopTimer(this, PerTryTimer);
        _held = new LoopTimer(this, HeldTimer);
    }

    /// <summary>Null once the call has let go of it.</summary>
    public Exchange? Exchange => _exchange;

    /// <summary>Where it goes.</summary>
    public Cluster Cluster { get; private set; } = null!;

    public Endpoint Endpoint { get; private set; } = null!;

    /// <summary>The first of its call is 1; a shadow has the number of the one before.</summary>
    public int Number { get; private set; }

    /// <summary>Its answer is for nobody.</summary>
    public bool IsShadow { get; private set; }

    /// <summary>What its caller speaks.</summary>
    public bool IsGrpc => _isGrpc;

    /// <summary>What it asks, built from what the caller has said.</summary>
    public HeaderList Head { get; } = new();

    /// <summary>How much of the request's body has found a place on its way.</summary>
    public long Taken { get; set; }

    /// <summary>Null while it waits for a connection, and after it has ended.</summary>
    public MessageStream? Stream { get; private set; }

    /// <summary>The answer's head while it is held back; empty otherwise.</summary>
    public HeaderList Held { get; } = new();

    /// <summary>What has come of its answer.</summary>
    public AttemptAnswer Answer;

    /// <summary>Null if it has none of its own.</summary>
    public Activity? Span { get; set; }

    public long Started => _pick.Started;

    /// <summary>When it went out; 0 while it waits for a connection.</summary>
    public long Sent => _sent;

    /// <summary>Why there was no connection for it the last time; null if there was one.</summary>
    public string? ConnectionFailure => _connections?.LastFailure;

    public override long ConnectTimeout => _exchange?.Route.Rule!.ConnectTimeout ?? ShadowTime;

    public override bool HasAlternative => Cluster.Set.Count > 1;

    public override bool HasUntried => _exchange is { } exchange && exchange.Attempts.Made < Cluster.Set.Count;

    /// <summary>Begins with what was picked.</summary>
    /// <param name="exchange">Whose attempt it is.</param>
    /// <param name="relay">Gets what it brings back.</param>
    /// <param name="cluster">Where it goes.</param>
    /// <param name="pick">The endpoint.</param>
    /// <param name="isShadow">Its answer is for nobody.</param>
    public void Begin(Exchange exchange, AttemptRelay relay, Cluster cluster, in Pick pick, bool isShadow)
    {
        _inUse = true;
        _exchange = exchange;
        _relay = relay;
        _isGrpc = exchange.IsGrpc;
        _isToldAlready = false;
        _sent = 0;
        Cluster = cluster;
        Endpoint = cluster.Endpoints[pick.Index];
        Number = exchange.Attempts.Made + (isShadow ? 0 : 1);
        IsShadow = isShadow;
        Taken = 0;
        Answer = default;
        _pick = pick;
        _pick.Begin(_worker.Loop.Now);
    }

    /// <summary>It has taken a place among the calls under way to the service, and gives it back when it ends: a copy, for which no call does that.</summary>
    public void KeepPlace(ClusterLimits limits) => _placeIn = limits;

    /// <summary>Asks for a connection.</summary>
    public void Connect(Protocol wire)
    {
        var limit = IsShadow ? ShadowTime : _exchange!.Route.Rule!.PerTryTimeout;
        if (limit > 0)
        {
            _worker.Loop.Timers.Schedule(_perTry, Started + limit);
        }

        _connections = _worker.Connections.To(Endpoint, wire);
        var connection = _connections.Ask(ConnectTimeout, this);
        if (connection is not null)
        {
            OnConnection(connection);
        }
        else if (!Cluster.Limit.TryWait())
        {
            End(Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh));
        }
        else
        {
            _waitsIn = Cluster.Limit;
        }
    }

    /// <summary>The request goes out.</summary>
    public override void OnConnection(MessageConnection connection)
    {
        var exchange = _exchange!;
        StopWaiting();
        exchange.Flow.Attempts.WriteHead(exchange, this);
        var empty = exchange.Body.IsEmpty;
        _sent = _worker.Loop.Now;
        Stream = connection.Open(Head, empty, this);
        if (!empty)
        {
            exchange.Body.Replay(exchange.Downstream!, exchange.Attempts, this);
        }
    }

    public override void OnNoConnection(OutcomeReason reason, bool isBlamed)
    {
        _isToldAlready = !isBlamed;
        End(Outcome.Failed(reason, OutcomeSource.Upstream));
    }

    /// <summary>Another has answered, or it has become too slow to follow: it ends, and nobody is to blame.</summary>
    public void Lose() => End(Outcome.Lost());

    /// <summary>Lets go: the call wants no more of it.</summary>
    /// <param name="outcome">What it counts as at the endpoint.</param>
    public void Leave(in Outcome outcome)
    {
        Report(outcome);
        _exchange = null;
        Drop(ErrorCode.Cancel);
    }

    /// <summary>The call is over and the request whole: a shadow goes on by itself.</summary>
    public void GoOnAlone() => _exchange = null;

    /// <summary>Tells the endpoint's load and breaker, once.</summary>
    public void Report(in Outcome outcome)
    {
        _perTry.Cancel();
        _placeIn?.Exit();
        _placeIn = null;
        var now = _worker.Loop.Now;
        // What its first call waits for the connection is no measure of those that follow; a connection that does not come
        // about is.
        var latency = (Answer.HeadReceived > 0 ? Answer.HeadReceived : now) - (_sent > 0 ? _sent : Started);
        var end = new AttemptEnd(outcome, _pick.Probe, Started, latency)
        {
            IsSent = _sent > 0,
            IsAnswered = Answer.HeadReceived > 0,
            IsCallersTimeUp = IsCallersTimeUp,
            IsToldAlready = _isToldAlready,
            Rest = Answer.Rest,
        };
        _pick.Complete(end, now, ref _worker.Random);
    }

    /// <summary>The answer's head waits for as long as the answer may still turn out to be one that is tried again.</summary>
    /// <param name="headers">The head.</param>
    /// <param name="ticks">How long at most.</param>
    public void Hold(HeaderList headers, long ticks)
    {
        Held.CopyFrom(headers);
        Answer.IsHeld = true;
        _worker.Loop.Timers.Schedule(_held, _worker.Loop.Now + ticks);
    }

    /// <summary>It waits no longer; <see cref="Held"/> has it until it is cleared.</summary>
    public void StopHolding()
    {
        Answer.IsHeld = false;
        _held.Cancel();
    }

    public void OnInterim(MessageStream stream, HeaderList headers) => _relay?.OnInterim(this, headers);

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (_relay is { } relay)
        {
            _exchange?.OnActivity();
            Answer.HeadReceived = _worker.Loop.Now;
            if (!IsShadow)
            {
                _perTry.Cancel();
            }

            SettleProbe(headers, endStream);
            relay.OnHeaders(this, headers, endStream);
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (_relay is { } relay)
        {
            _exchange?.OnActivity();
            relay.OnData(this, data, endStream);
        }
        else
        {
            stream.ReturnCredit(data.Length);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers) => _relay?.OnTrailers(this, trailers);

    public void OnSent(MessageStream stream, int bytes)
    {
        if (_exchange is { } exchange)
        {
            exchange.OnActivity();
            exchange.Body.OnSent(exchange.Downstream!, exchange.Attempts, this, bytes);
        }
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        if (_relay is not null)
        {
            Endpoint.App?.OnHeard(stream.Connection); // before it is tried again
            if (_exchange is { } exchange && !IsShadow)
            {
                exchange.Attempts.Failure = stream.Connection.Failure;
            }

            // A connection that is lost counts once, however many calls it carried.
            var isLost = stream.Connection.IsDead;
            var outcome = ResetOutcomes.Of(reset, Answer.HeadReceived > 0, isLost);
            _isToldAlready = isLost && !outcome.NotProcessed && !_connections!.IsFirstWordOf(stream.Connection);
            End(outcome);
        }
    }

    public void OnClosed(MessageStream stream)
    {
        Stream = null;
        if (_relay is null)
        {
            Recycle();
        }
    }

    public void OnTimer(int kind)
    {
        if (_relay is not { } relay)
        {
            return;
        }

        if (kind == HeldTimer)
        {
            relay.OnHeldLongEnough(this);
        }
        else
        {
            End(Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Mesh));
        }
    }

    private bool IsCallersTimeUp => _exchange is { } exchange && exchange.IsCallersTimeUp;

    private void End(in Outcome outcome) => _relay!.OnEnded(this, Endpoint.App is { } app ? app.Explain(outcome, _isGrpc) : outcome);

    /// <summary>A stream that lasts for hours must not keep the breaker half open as long: its head is proof enough.</summary>
    private void SettleProbe(HeaderList headers, bool endStream)
    {
        if (_pick.Probe != 0 && !LocalReply.IsSaid(headers))
        {
            var outcome = ResponseHead.OutcomeOf(headers, _isGrpc, endStream);
            _pick.OnAnswered(outcome, IsCallersTimeUp, _worker.Loop.Now, ref _worker.Random);
        }
    }

    private void StopWaiting()
    {
        _waitsIn?.StopWaiting();
        _waitsIn = null;
    }

    private void Drop(ErrorCode code)
    {
        _relay = null;
        StopWaiting();
        StopHolding();
        _connections?.Leave(this);
        var stream = Stream;
        Stream = null;
        if (stream is null)
        {
            Recycle();
        }
        else
        {
            stream.Reset(code); // nothing happens if it has ended
        }
    }

    private void Recycle()
    {
        if (_inUse)
        {
            _inUse = false;
            _connections = null;
            Cluster = null!;
            Endpoint = null!;
            Span = null;
            Head.Clear();
            Head.Trim();
            Held.Clear();
            Held.Trim();
            _worker.Return(this);
        }
    }
}
