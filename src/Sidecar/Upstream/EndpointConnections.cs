using System.Net;
using System.Net.Sockets;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One loop's connections to one endpoint in one protocol. Of HTTP/2 a single multiplexed one, more where the peer's limit on streams
/// is reached or where what nobody takes, of uploads there or of answers here, has used up a connection's window; of HTTP/1.1 one for
/// each call under way. Attempts that find no room
/// wait here in turn. Only the loop's thread may call it.
/// </summary>
internal sealed class EndpointConnections : ITimerTarget
{
    /// <summary>A peer that takes 100 streams a connection then takes 6,400; beyond that attempts wait.</summary>
    private const int MostConnections = 64;

    /// <summary>The same for one stream a connection.</summary>
    private const int MostHttp1Connections = 4096;

    private readonly LoopConnections _loop;
    private readonly WorkerLoop _worker;
    private readonly Endpoint _endpoint;
    private readonly Protocol _protocol;
    private readonly ConnectionSet _connections;
    private readonly WaitingAttempts _waiting = new();
    private readonly LoopTimer _again;

    /// <summary>A connection is coming about; null if none is.</summary>
    private AddressRace? _race;
    private LookUpWait? _lookUp;
    private ReconnectPause _pause;
    private bool _dispatching;
    private bool _isRetired;
    private MessageConnection? _lost;

    public EndpointConnections(LoopConnections loop, Endpoint endpoint, Protocol protocol)
    {
        _loop = loop;
        _worker = loop.Worker;
        _endpoint = endpoint;
        _protocol = protocol;
        _connections = new ConnectionSet(isExclusive: protocol == Protocol.Http1);
        _again = new LoopTimer(this);
    }

    private int Most => _protocol == Protocol.Http1 ? MostHttp1Connections : MostConnections;

    /// <summary>For people: what keeps it from connecting; null if nothing does.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>For the admin pages.</summary>
    public IReadOnlyList<PooledConnection> All => _connections.All;

    /// <summary>Attempts that wait.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>
    /// Gives a connection that takes a stream now, or null: then the waiter is told as soon as there is one, or none can
    /// be had.
    /// </summary>
    /// <param name="connectTimeout">For a connection made now, in ticks.</param>
    /// <param name="waiter">Told later if the answer is null.</param>
    public MessageConnection? Ask(long connectTimeout, ConnectionWaiter waiter)
    {
        var connection = _connections.FindFree();
        if (connection is not null)
        {
            return connection;
        }

        if (_connections.Count >= Most && _connections.FindFree(evenStalled: true) is { } stalled)
        {
            return stalled;
        }

        _waiting.Add(waiter);
        Grow(connectTimeout);
        if (waiter.HasUntried && _connections.HasFull)
        {
            _worker.Loop.Post(LeaveFull);
        }

        return null;
    }

    /// <summary>Whether nobody has told of this connection's loss before.</summary>
    public bool IsFirstWordOf(MessageConnection lost)
    {
        var isFirst = !ReferenceEquals(_lost, lost);
        _lost = lost; // those that it carried are told one after the other
        return isFirst;
    }

    /// <summary>An attempt that waits has given up.</summary>
    public void Leave(ConnectionWaiter waiter) => _waiting.Remove(waiter);

    /// <summary>
    /// The peer is there, and silent for longer than it may be. Those that wait and have another endpoint go there; the
    /// others would only begin anew with it.
    /// </summary>
    public void OnSilence()
    {
        LastFailure = "it does not answer";
        _waiting.SendElsewhere(static attempt => attempt.HasAlternative, OutcomeReason.ConnectTimeout, isBlamed: true);
    }

    /// <summary>
    /// The endpoint is gone from the snapshot, for good. Calls that have begun with the older one still end here; each
    /// connection closes when the last of them has. A call that has no stream yet goes elsewhere; one that has nowhere to go may still
    /// get a connection.
    /// </summary>
    public void Retire()
    {
        _isRetired = true;
        _waiting.SendElsewhere(static attempt => attempt.HasAlternative, OutcomeReason.GoAwayUnprocessed, isBlamed: false);
        if (_waiting.Count == 0)
        {
            EndRace();
        }

        foreach (var pooled in _connections.All.ToArray())
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
    public void PostMove() => _worker.Loop.Post(LeaveGone);

    /// <summary>Begins a connection to one of the endpoint's addresses, for the race.</summary>
    public void Open(EndPoint address, long timeout)
    {
        var pooled = new PooledConnection(_loop, _endpoint, _protocol, this, address, timeout);
        _connections.Add(pooled);
        pooled.StartTimeout();
    }

    /// <summary>See <see cref="IConnectionHandler.OnCapacityChanged"/>.</summary>
    public void OnCapacityChanged(PooledConnection pooled)
    {
        var connection = pooled.Connection;
        if (_race is not null && !connection.IsReady && connection.IsConnected)
        {
            _race.Pause();
            LeaveSlower(connection);
        }

        if (connection.IsReady)
        {
            OnReady(pooled);
            _connections.OnCapacity(pooled);
        }

        Dispatch();
        if (_isRetired && connection is { IsReady: true, OpenStreams: 0, IsUsedUp: false })
        {
            connection.GoAway();
        }
    }

    /// <summary>See <see cref="IConnectionHandler.OnClosed"/>.</summary>
    public void OnClosed(PooledConnection pooled)
    {
        var connection = pooled.Connection;
        pooled.Stop();
        _endpoint.App?.OnHeard(connection);
        _connections.Remove(pooled);
        _lost = null; // all that it carried have been told
        if (pooled.IsSlower)
        {
            return;
        }

        if (connection.Failure is { } failure)
        {
            LastFailure = pooled.Address is UnixDomainSocketEndPoint socket && connection is { IsConnected: false, IsOutOfDescriptors: false } ? UnixSocket.WhyNotReached(socket)
                : _endpoint.Addresses.Count > 1 ? $"{failure} ({pooled.Address})"
                : failure;
            if (!connection.IsOutOfDescriptors)
            {
                _endpoint.Suspected?.Invoke(LastFailure);
            }
        }

        if (connection.WasReady)
        {
            _pause.OnEnded(connection.HasServed, _worker.Loop.Now, ref _worker.Random);
            Dispatch();
        }
        else
        {
            OnNotCome(connection);
        }
    }

    /// <summary>It may be connected to again.</summary>
    void ITimerTarget.OnTimer(int kind) => Dispatch();

    /// <summary>A connection has not come about: the next address, or the end of the race.</summary>
    private void OnNotCome(MessageConnection connection)
    {
        // Without descriptors no other address can be had either.
        if (_race is not null && !connection.IsOutOfDescriptors && (_race.TryNext() || _connections.HasComing))
        {
            return;
        }

        EndRace();
        _endpoint.WhenUnreachable?.Invoke();
        if (_connections.IsUsedUp)
        {
            _waiting.Fail(_waiting.Count, isBlamed: !connection.IsOutOfDescriptors);
        }
        else if (_protocol == Protocol.Http1)
        {
            // Those beside it are busy, perhaps for long: who had waited for this one does not wait for them.
            _waiting.Fail(_waiting.Count - _connections.Coming, isBlamed: !connection.IsOutOfDescriptors);
        }
        else
        {
            // It failed to come about beside one that works: they wait for room there, and each room that there is tries
            // for a connection again. At once would be a loop without a pause. One that is only stalled has room.
            Dispatch(evenStalled: true);
        }
    }

    private void OnReady(PooledConnection pooled)
    {
        if (pooled.IsProven)
        {
            return;
        }

        var connection = pooled.Connection;
        pooled.IsProven = true;
        LastFailure = null;
        _endpoint.App?.OnHeard(connection);
        if (_race is not null || _protocol == Protocol.Http2)
        {
            EndRace();
            LeaveSlower(connection);
        }

        _endpoint.Prove(pooled.Address);
        LeaveIfGone(pooled);
        if (connection.MaxStreams == 0)
        {
            LeaveFull();
        }
    }

    /// <summary>The server takes no streams: who has not been everywhere goes on, and the others wait until it does.</summary>
    private void LeaveFull()
    {
        if (_connections.HasFull)
        {
            LastFailure = "it takes no streams at present";
            _waiting.SendElsewhere(static attempt => attempt.HasUntried, OutcomeReason.RefusedStream, isBlamed: false);
        }
    }

    private void EndRace()
    {
        _race?.Pause();
        _race = null;
    }

    /// <summary>The first one wins; those that are still on their way end.</summary>
    private void LeaveSlower(MessageConnection winner)
    {
        for (var i = _connections.Count - 1; i >= 0 && _connections.Count > 1; i--)
        {
            var pooled = _connections.All[i];
            if (!ReferenceEquals(pooled.Connection, winner) && pooled.Connection is { WasReady: false, IsConnected: false, IsDead: false })
            {
                pooled.IsSlower = true;
                _race?.Forget(pooled.Address);
                pooled.Connection.Abort(ErrorCode.NoError, "another address was faster");
            }
        }
    }

    /// <summary>Calls under way finish; those that waited for one of these connections get another.</summary>
    private void LeaveGone()
    {
        _lookUp?.Stop();
        foreach (var pooled in _connections.All.ToArray())
        {
            LeaveIfGone(pooled);
        }

        Dispatch();
    }

    private void LeaveIfGone(PooledConnection pooled)
    {
        if (pooled.Connection.IsUsedUp || (_endpoint.Addresses.Contains(pooled.Address) && pooled.Identity == _endpoint.Identity))
        {
            return;
        }

        if (pooled.Connection.IsReady)
        {
            pooled.Connection.GoAway();
        }
        else
        {
            pooled.Connection.Abort(ErrorCode.NoError, "the endpoint has moved"); // the race goes on with its new addresses
        }
    }

    /// <summary>
    /// Begins another connection, if there is none on its way and it would help: one at a time, each when those there are have no room.
    /// Of HTTP/1.1, once the way is known, one for each that waits.
    /// </summary>
    private void Grow(long connectTimeout)
    {
        if (_race is not null || _connections.Count >= Most || _connections.HasFull)
        {
            return;
        }

        if (_pause.Until > _worker.Loop.Now)
        {
            if (!_again.IsScheduled)
            {
                _worker.Loop.Timers.Schedule(_again, _pause.Until);
            }

            return;
        }

        if (_endpoint.Target is null)
        {
            AwaitLookUp(connectTimeout);
            return;
        }

        if (_protocol == Protocol.Http1 && _connections.HasReady)
        {
            for (var coming = _connections.Coming; coming < _waiting.Count && _connections.Count < Most; coming++)
            {
                Open(_endpoint.Target, connectTimeout);
            }

            return;
        }

        _race = new AddressRace(this, _endpoint, _worker.Loop, connectTimeout);
        if (!_race.TryNext())
        {
            EndRace();
        }
    }

    /// <summary>Those that wait do so no longer for a name than for a connection; once it is known there is a move.</summary>
    private void AwaitLookUp(long timeout)
    {
        if (_endpoint.LookUpFailure is { } why)
        {
            LastFailure = why;
            _endpoint.WhenUnreachable?.Invoke();
            _worker.Loop.Post(() => _waiting.Fail(_waiting.Count, isBlamed: true));
            return;
        }

        _lookUp ??= new LookUpWait(_worker.Loop, OnLookUpLate);
        _lookUp.Start(timeout);
    }

    private void OnLookUpLate()
    {
        if (_endpoint.Target is null)
        {
            LastFailure = $"the name '{_endpoint.HostName}' has no answer yet";
            _waiting.Fail(_waiting.Count, isBlamed: true);
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
            var connection = _connections.FindFree(evenStalled);
            if (connection is null)
            {
                if (!evenStalled)
                {
                    Grow(_waiting.First!.ConnectTimeout);
                }

                break;
            }

            _waiting.TakeFirst().OnConnection(connection);
        }

        _dispatching = false;
    }
}
