using Mesh.Http2.Buffers;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One loop's connections to one endpoint: a single multiplexed one, more where the peer's limit on streams is reached or
/// where uploads that nobody reads have used up a connection's window. Attempts that find no room wait here in turn. Only
/// the loop's thread may call it.
/// </summary>
internal sealed class EndpointConnections(Worker worker, Endpoint endpoint) : IConnectionHandler
{
    /// <summary>A peer that takes 100 streams a connection then takes 6,400; beyond that attempts wait.</summary>
    private const int MostConnections = 64;

    private readonly List<PooledConnection> _connections = [];
    private readonly LinkedQueue<Attempt> _waiting = new();
    private LookUpWait? _lookUp;
    private bool _dispatching;
    private bool _isRetired;

    /// <summary>For people: what keeps it from connecting; null if nothing does.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>For the admin pages.</summary>
    public IReadOnlyList<PooledConnection> All => _connections;

    /// <summary>Attempts that wait.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>
    /// Gives a connection that takes a stream now, or null: then the waiter is told as soon as there is one, or none can
    /// be had.
    /// </summary>
    /// <param name="connectTimeout">For a connection made now, in ticks.</param>
    /// <param name="waiter">Told later if the answer is null.</param>
    public Http2Connection? Take(long connectTimeout, Attempt waiter)
    {
        var connection = FindFree();
        if (connection is not null)
        {
            return connection;
        }

        if (_connections.Count == MostConnections && FindFree(evenStalled: true) is { } stalled)
        {
            return stalled;
        }

        if (!IsConnecting() && _connections.Count < MostConnections)
        {
            Connect(connectTimeout);
        }

        _waiting.Add(waiter);
        return null;
    }

    /// <summary>An attempt that waits has given up.</summary>
    public void Leave(Attempt waiter) => _waiting.Remove(waiter);

    /// <summary>
    /// The peer is there, and silent for longer than it may be. Those that wait and have another endpoint go there; the
    /// others would only begin anew with it.
    /// </summary>
    public void OnSilence()
    {
        LastFailure = "it does not answer";
        var isBlamed = true;
        for (var i = _waiting.Count; i > 0; i--)
        {
            var attempt = _waiting.TakeFirst();
            if (attempt.HasAlternative)
            {
                attempt.OnNoConnection(OutcomeReason.ConnectTimeout, isBlamed);
                isBlamed = false;
            }
            else
            {
                _waiting.Add(attempt);
            }
        }
    }

    /// <summary>
    /// The endpoint is gone from the snapshot, for good. Calls that have begun with the older one still end here; each
    /// connection closes when the last of them has.
    /// </summary>
    public void Retire()
    {
        _isRetired = true;
        foreach (var pooled in _connections.ToArray())
        {
            if (pooled.Connection.IsReady)
            {
                pooled.Connection.GoAway();
            }
            else if (_waiting.Count == 0)
            {
                pooled.Connection.Abort(ErrorCode.NoError, "the endpoint is gone");
            }
        }

        Dispatch(); // those that waited for room on one that opens no more
    }

    /// <summary>The endpoint's addresses have changed: connections to those that are gone end, as soon as the loop comes to it. Any thread.</summary>
    public void PostMove() => worker.Loop.Post(LeaveGone);

    public void OnRequest(Http2Stream stream, HeaderList headers, bool endStream) => stream.Reset(ErrorCode.ProtocolError);

    public void OnCapacityChanged(Http2Connection connection)
    {
        if (connection.IsReady)
        {
            OnReady(connection);
        }

        Dispatch();
        if (_isRetired && connection is { IsReady: true, OpenStreams: 0, IsUsedUp: false })
        {
            connection.GoAway();
        }
    }

    public void OnClosed(Http2Connection connection)
    {
        if (Find(connection) is { } pooled)
        {
            pooled.Stop();
            _connections.Remove(pooled);
        }

        if (connection.Failure is { } failure)
        {
            LastFailure = failure;
        }

        if (connection.WasReady)
        {
            Dispatch();
            return;
        }

        endpoint.WhenUnreachable?.Invoke();
        if (!_connections.Exists(other => !other.Connection.IsUsedUp))
        {
            FailWaiting(isBlamed: !connection.IsOutOfDescriptors);
        }
        else
        {
            // It failed to come about beside one that works: they wait for room there, and each room that there is tries
            // for a connection again. At once would be a loop without a pause. One that is only stalled has room.
            Dispatch(evenStalled: true);
        }
    }

    private void OnReady(Http2Connection connection)
    {
        LastFailure = null;
        if (Find(connection) is { IsProven: false } pooled)
        {
            pooled.IsProven = true;
            endpoint.Prove(pooled.Address);
            LeaveIfGone(pooled);
        }
    }

    /// <summary>Calls under way finish; those that waited for one of these connections get another.</summary>
    private void LeaveGone()
    {
        _lookUp?.Stop();
        foreach (var pooled in _connections.ToArray())
        {
            LeaveIfGone(pooled);
        }

        Dispatch();
    }

    /// <summary>One that is still coming about is left when it is there: those that wait would not know why it ended.</summary>
    private void LeaveIfGone(PooledConnection pooled)
    {
        if (pooled.Connection is { IsReady: true, IsUsedUp: false } && !endpoint.Addresses.Contains(pooled.Address))
        {
            pooled.Connection.GoAway();
        }
    }

    private PooledConnection? Find(Http2Connection connection)
    {
        foreach (var pooled in _connections)
        {
            if (ReferenceEquals(pooled.Connection, connection))
            {
                return pooled;
            }
        }

        return null;
    }

    private Http2Connection? FindFree(bool evenStalled = false)
    {
        foreach (var pooled in _connections)
        {
            if (HasRoom(pooled.Connection) && (evenStalled || !pooled.Connection.IsStalled))
            {
                return pooled.Connection;
            }
        }

        return null;
    }

    /// <summary>
    /// Nothing goes out before the peer's settings are in. They tell how many streams it takes, and what it refuses above
    /// that would fail; and a connection that does not come about has then provably processed nothing.
    /// </summary>
    private static bool HasRoom(Http2Connection connection) => connection is { IsReady: true, CanOpen: true };

    private bool IsConnecting()
    {
        foreach (var pooled in _connections)
        {
            if (!pooled.Connection.IsReady && !pooled.Connection.IsUsedUp)
            {
                return true;
            }
        }

        return false;
    }

    private void Connect(long timeout)
    {
        if (endpoint.Target is not { } target)
        {
            AwaitLookUp(timeout);
            return;
        }

        var connection = Http2Connection.Connect(worker.Loop, target, this, worker.UpstreamOptions, worker.UpstreamViolations);
        var pooled = new PooledConnection(connection, this, target, timeout);
        _connections.Add(pooled);
        pooled.StartTimeout();
    }

    /// <summary>Those that wait do so no longer for a name than for a connection; once it is known there is a move.</summary>
    private void AwaitLookUp(long timeout)
    {
        if (endpoint.LookUpFailure is { } why)
        {
            LastFailure = why;
            endpoint.WhenUnreachable?.Invoke();
            worker.Loop.Post(() => FailWaiting(isBlamed: true));
            return;
        }

        _lookUp ??= new LookUpWait(worker.Loop, OnLookUpLate);
        _lookUp.Start(timeout);
    }

    private void OnLookUpLate()
    {
        if (endpoint.Target is null)
        {
            LastFailure = $"the name '{endpoint.HostName}' has no answer yet";
            FailWaiting(isBlamed: true);
        }
    }

    /// <summary>Those that wait get what room there is, and a new connection if none will come by itself.</summary>
    private void Dispatch(bool evenStalled = false)
    {
        if (_dispatching)
        {
            return; // opening a stream changes the capacity
        }

        _dispatching = true;
        while (_waiting.Count > 0)
        {
            var connection = FindFree(evenStalled);
            if (connection is null)
            {
                if (!evenStalled && !IsConnecting() && _connections.Count < MostConnections)
                {
                    Connect(_waiting.First!.ConnectTimeout);
                }

                break;
            }

            _waiting.TakeFirst().OnConnection(connection);
        }

        _dispatching = false;
    }

    /// <param name="isBlamed">Whether it is the endpoint's fault.</param>
    private void FailWaiting(bool isBlamed)
    {
        // One connection failed, however many waited for it: a burst must not open the circuit at the first.
        for (var i = _waiting.Count; i > 0; i--)
        {
            _waiting.TakeFirst().OnNoConnection(OutcomeReason.ConnectFailed, isBlamed);
            isBlamed = false;
        }
    }
}
