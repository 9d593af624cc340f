using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Deadlines;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// One try on one endpoint: holds the place at the endpoint (load, breaker) from the pick to the result, and the upstream
/// stream. Pooled by the worker; goes back when its stream is closed and its exchange has let go of it. What it learns it
/// tells the exchange's flow.
/// </summary>
internal sealed class Attempt : LinkedQueueItem<Attempt>, IStreamHandler, ITimerTarget
{
    private readonly Worker _worker;
    private readonly LoopTimer _perTry;
    private Exchange? _exchange;
    private EndpointConnections? _connections;
    private bool _reported;
    private bool _isToldAlready;
    private bool _inUse;

    public Attempt(Worker worker)
    {
        _worker = worker;
        _perTry = new LoopTimer(this);
    }

    public Endpoint Endpoint { get; private set; } = null!;

    /// <summary>Null while it waits for a connection, and after it has ended.</summary>
    public MessageStream? Stream { get; private set; }

    public long Started { get; private set; }

    /// <summary>When the request went out; 0 before.</summary>
    private long Sent { get; set; }

    /// <summary>When the response's head came; 0 before.</summary>
    public long HeadReceived { get; set; }

    /// <summary>1xx responses so far.</summary>
    public int Interims { get; set; }

    public long ConnectTimeout => _exchange!.Route!.ConnectTimeout;

    /// <summary>Another endpoint could take the call.</summary>
    public bool HasAlternative => _exchange!.Cluster!.Set.Count > 1;

    /// <summary>An endpoint is left that the call has not been to.</summary>
    public bool HasUntried => _exchange!.Attempts < _exchange.Cluster!.Set.Count;

    /// <summary>The number of the breaker's probe that it is; 0 if it is none, or the breaker has been told.</summary>
    private int Probe { get; set; }

    /// <summary>Takes its place at the endpoint, whose breaker has let it through, and asks for a connection.</summary>
    public void Start(Exchange exchange, Endpoint endpoint, int probe)
    {
        _inUse = true;
        _exchange = exchange;
        exchange.Failure = null;
        exchange.Wire = exchange.WireTo(endpoint);
        _reported = false;
        _isToldAlready = false;
        Endpoint = endpoint;
        Probe = probe;
        Started = _worker.Loop.Now;
        HeadReceived = Sent = Interims = 0;
        endpoint.State.Load.Started(Started);
        if (exchange.Route!.PerTryTimeout is > 0 and var perTry)
        {
            _worker.Loop.Timers.Schedule(_perTry, Started + perTry);
        }

        _connections = _worker.ConnectionsTo(endpoint, exchange.Wire);
        var connection = _connections.Take(ConnectTimeout, this);
        if (connection is not null)
        {
            OnConnection(connection);
        }
        else if (!exchange.Cluster!.Limit.TryWait())
        {
            End(Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh));
        }
        else
        {
            exchange.IsPending = true;
        }
    }

    /// <summary>There is a connection with room: the request goes out.</summary>
    public void OnConnection(MessageConnection connection)
    {
        var exchange = _exchange!;
        exchange.StopPending();
        var head = exchange.Flow.HeadFor(exchange);
        var body = exchange.Body;
        var empty = body.IsEmpty;
        Sent = _worker.Loop.Now;
        Stream = connection.Open(head, empty, this);
        if (!empty)
        {
            body.Replay(exchange.Downstream!, Stream);
        }
    }

    /// <summary>No connection can be had.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isBlamed">Whether the endpoint's breaker is told by this attempt, of those that waited for the same connection.</param>
    public void OnNoConnection(OutcomeReason reason, bool isBlamed)
    {
        _isToldAlready = !isBlamed;
        End(Outcome.Failed(reason, OutcomeSource.Upstream));
    }

    /// <summary>Lets go: the exchange wants no more of it.</summary>
    /// <param name="outcome">What it counts as at the endpoint.</param>
    /// <param name="code">Told to the endpoint if the stream is still open.</param>
    public void Leave(in Outcome outcome, ErrorCode code = ErrorCode.Cancel)
    {
        Report(outcome);
        _exchange?.StopPending();
        _exchange = null;
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

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
        if (_exchange is { } exchange)
        {
            exchange.Flow.Response.OnInterim(exchange, this, headers);
        }
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (_exchange is { } exchange)
        {
            exchange.OnActivity();
            HeadReceived = _worker.Loop.Now;
            _perTry.Cancel();
            SettleProbe(headers, endStream);
            exchange.Flow.Response.OnHeaders(exchange, this, headers, endStream);
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (_exchange is { } exchange)
        {
            exchange.OnActivity();
            exchange.Flow.Response.OnData(exchange, this, data, endStream);
        }
        else
        {
            stream.ReturnCredit(data.Length);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        if (_exchange is { } exchange)
        {
            exchange.Flow.Response.OnTrailers(exchange, this, trailers);
        }
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        if (_exchange is { } exchange)
        {
            exchange.OnActivity();
            exchange.Body.OnSent(exchange.Downstream!, bytes);
        }
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        if (_exchange is not null)
        {
            _exchange.Failure = stream.Connection.Failure;

            // A connection that is lost counts once, however many calls it carried.
            var isLost = stream.Connection.IsDead;
            var outcome = ResetOutcomes.Of(reset, HeadReceived > 0, isLost);
            _isToldAlready = isLost && !outcome.NotProcessed && !_connections!.IsFirstWordOf(stream.Connection);
            End(outcome);
        }
    }

    public void OnClosed(MessageStream stream)
    {
        Stream = null;
        if (_exchange is null)
        {
            Recycle();
        }
    }

    public void OnTimer(int kind)
    {
        if (_exchange is not null)
        {
            End(Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Mesh));
        }
    }

    private void End(in Outcome outcome)
    {
        var exchange = _exchange!;
        exchange.Flow.OnAttemptFailed(exchange, this, outcome);
    }

    /// <summary>A head is proof enough: a stream that lasts for hours must not keep the breaker half open as long.</summary>
    private void SettleProbe(HeaderList headers, bool endStream)
    {
        if (Probe == 0 || LocalReply.IsSaid(headers))
        {
            return;
        }

        var outcome = ResponseHead.OutcomeOf(headers, _exchange!.IsGrpc, endStream);
        var breaker = Endpoint.State.Breaker;
        if (!EndpointFault.IsOne(outcome, breaker.Options))
        {
            breaker.OnSuccess(_worker.Loop.Now, Probe, Started);
            Probe = 0;
        }
        else if (!(_exchange.IsCallersTimeUp && CallersDeadline.Explains(outcome)))
        {
            breaker.OnFailure(_worker.Loop.Now, Probe, ref _worker.Random, Started, outcome);
            Probe = 0;
        }
    }

    /// <summary>Tells the endpoint's load and breaker, once.</summary>
    public void Report(in Outcome outcome)
    {
        if (_reported)
        {
            return;
        }

        _reported = true;
        _perTry.Cancel();
        var now = _worker.Loop.Now;
        // What its first call waits for the connection is no measure of those that follow; a connection that does not come
        // about is.
        var latency = (HeadReceived > 0 ? HeadReceived : now) - (Sent > 0 ? Sent : Started);
        var decay = _exchange!.Cluster!.Policy.Balancing.EwmaDecay.Ticks;
        var end = new AttemptEnd(outcome, Probe, Started, latency)
        {
            IsSent = Sent > 0,
            IsAnswered = HeadReceived > 0,
            IsCallersTimeUp = _exchange.IsCallersTimeUp,
            IsToldAlready = _isToldAlready,
        };
        Endpoint.State.OnAttemptEnded(end, now, decay, ref _worker.Random);
    }

    private void Recycle()
    {
        if (_inUse)
        {
            _inUse = false;
            _connections = null;
            _worker.Return(this);
        }
    }
}
