using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// A key with a lease, and the jobs with it. Its own clock counts from when the last keep-alive that was answered had been sent, and
/// gives it up when four fifths of its time are over: before etcd can.
/// </summary>
internal sealed class EtcdSession : StoreSession
{
    private const double OwnShare = 0.8;

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestLead = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly EtcdSetup _setup;
    private readonly EtcdHistory _history;
    private readonly long _lease;
    private readonly TimeSpan _ttl;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;
    private long _renewed;

    private EtcdSession(EtcdSetup setup, EtcdHistory history, string name, long epoch, long lease, TimeSpan ttl, long sent)
        : base(name, epoch)
    {
        _setup = setup;
        _history = history;
        _lease = lease;
        _ttl = ttl;
        _renewed = sent;
        _running = KeepAliveAsync();
    }

    public override bool IsAlive => !_lost.IsCancellationRequested && Age < _ttl * OwnShare;

    public override CancellationToken Lost => _lost.Token;

    private TimeSpan Age => _setup.Time.GetElapsedTime(Interlocked.Read(ref _renewed));

    public static async Task<EtcdSession> OpenAsync(
        EtcdSetup setup, EtcdHistory history, string name, byte[] value, TimeSpan ttl, CancellationToken cancellation)
    {
        var sent = setup.Time.GetTimestamp();
        var grant = new LeaseGrantRequest { TTL = (long)Math.Ceiling(ttl.TotalSeconds) };
        // A lease whose grant was not heard of runs out by itself.
        var granted = (await setup.Client.CallAsync((member, options) => member.Lease.LeaseGrantAsync(grant, options), () => setup.LongestWrite, cancellation)).Response;
        var key = setup.Keys.Of(StoreKeys.Session(name));
        var write = new TxnRequest
        {
            Compare = { EtcdRequests.IsAt(key, 0) },
            Success = { EtcdRequests.Put(key, EtcdValues.Whole(value), granted.ID) },
            Failure = { EtcdRequests.Get(key) },
        };
        var response = (await setup.Client.CallAsync((member, options) => member.Kv.TxnAsync(write, options), () => setup.LongestWrite, cancellation)).Response;
        var revision = response.Header.Revision;
        if (!response.Succeeded)
        {
            var there = response.Responses[0].ResponseRange.Kvs is [var found] ? found : null;
            if (there?.Lease != granted.ID)
            {
                throw new StoreException(StoreFault.Unavailable, $"another process has a session of the name {name}");
            }

            revision = there.ModRevision;
        }

        return new EtcdSession(setup, history, name, history.FromEtcd(revision), granted.ID, TimeSpan.FromSeconds(granted.TTL), sent);
    }

    public override async Task<Precondition?> LeadAsync(string job, CancellationToken cancellation)
    {
        if (!IsAlive)
        {
            return null;
        }

        var name = StoreKeys.Job(job);
        var key = _setup.Keys.Of(name);
        var guard = _setup.Keys.Of(StoreKeys.Session(Name));
        var write = new TxnRequest
        {
            Compare = { EtcdRequests.IsAt(key, 0), EtcdRequests.IsAt(guard, _history.ToEtcd(Epoch)) },
            Success = { EtcdRequests.Put(key, EtcdValues.Whole(System.Text.Encoding.UTF8.GetBytes(Name)), _lease) },
            Failure = { EtcdRequests.Get(key) },
        };
        var response = (await _setup.Client.CallAsync((member, options) => member.Kv.TxnAsync(write, options), () => LongestLead, cancellation)).Response;
        if (response.Succeeded)
        {
            return new Precondition(name, _history.FromEtcd(response.Header.Revision));
        }

        return response.Responses[0].ResponseRange.Kvs is [var held] && held.Lease == _lease
            ? new Precondition(name, _history.FromEtcd(held.ModRevision))
            : null;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_over.IsCancellationRequested)
        {
            return;
        }

        await _over.CancelAsync();
        await _lost.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            var request = new LeaseRevokeRequest { ID = _lease };
            await _setup.Client.CallAsync((member, options) => member.Lease.LeaseRevokeAsync(request, options), () => LongestEnd, CancellationToken.None);
        }
        catch (Exception fault) when (fault is StoreException or RpcException)
        {
            // It runs out.
        }
    }

    private async Task KeepAliveAsync()
    {
        await Task.Yield();
        var wait = _ttl / 3;
        while (!_over.IsCancellationRequested)
        {
            await Task.Delay(wait, _setup.Time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_over.IsCancellationRequested)
            {
                return;
            }

            if (!IsAlive)
            {
                break;
            }

            var sent = _setup.Time.GetTimestamp();
            switch (await TryRenewAsync())
            {
                case true:
                    Interlocked.Exchange(ref _renewed, sent);
                    wait = _ttl / 3;
                    break;
                case null:
                    wait = Pause;
                    break;
                case false:
                    await _lost.CancelAsync();
                    return;
            }
        }

        await _lost.CancelAsync();
    }

    /// <returns>False if etcd has given it up; null if nothing was heard.</returns>
    private async Task<bool?> TryRenewAsync()
    {
        using var limit = new AnswerLimit(_setup.Options.Attempt * 2, _setup.Time, _over.Token);
        var at = -1;
        try
        {
            var (member, index, options) = await _setup.Client.StreamAsync(limit.Token);
            at = index;
            using var call = member.Lease.LeaseKeepAlive(options);
            try
            {
                await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = _lease }, limit.Token);
                if (await call.ResponseStream.MoveNext(limit.Token))
                {
                    return call.ResponseStream.Current.TTL > 0;
                }
            }
            catch (RpcException fault) when (EtcdFaults.IsLogin(fault))
            {
                _setup.Client.Refused(options);
            }
        }
        catch (Exception fault) when (fault is RpcException or StoreException or OperationCanceledException or IOException or InvalidOperationException)
        {
            _setup.Log.LogDebug("keep-alive of the session {Session}: {Fault}", Name, fault.Message);
        }

        if (at >= 0)
        {
            _setup.Client.Leave(at);
        }

        return null;
    }
}
