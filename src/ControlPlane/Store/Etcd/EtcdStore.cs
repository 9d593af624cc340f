using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// A store that several control planes share: keys in etcd, whose revisions are the store's, moved so that none is used twice when etcd
/// is made anew. What was acknowledged survives any minority of its members.
/// </summary>
internal sealed class EtcdStore : IStore
{
    // What a batch may have: etcd takes no more in one transaction, nested or not.
    private const int MostChanges = 4000;
    private const int MostConditions = 100;

    // The log is cut when it is that much longer than it has to be.
    private const double Slack = 1.25;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly EtcdSetup _setup;
    private readonly StoreOptions _options;
    private readonly EtcdSweep _sweep;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly CancellationTokenSource _over = new();
    private volatile Opened? _opened;

    /// <exception cref="StoreException">A file of the options cannot be used.</exception>
    public EtcdStore(EtcdOptions etcd, StoreOptions options, TimeProvider time, Random random, ILogger<EtcdStore> log)
    {
        _options = options;
        _setup = new EtcdSetup(etcd, time, random, log);
        _sweep = new EtcdSweep(_setup);
    }

    public string? Fault => _setup.Pulse.Fault;

    public bool IsShared => true;

    public async Task<StoreSnapshot> LoadAsync(CancellationToken cancellation)
    {
        // A second attempt if the log was cut in the middle; who cuts it leaves the last minutes.
        for (var attempt = 1; ; attempt++)
        {
            var (history, _) = await OpenAsync(isNew: true, cancellation);
            try
            {
                return await LoadAsync(history, cancellation);
            }
            catch (RpcException compacted) when (EtcdFaults.IsCompacted(compacted) && attempt < 3)
            {
            }
            catch (RpcException fault)
            {
                throw new StoreException(StoreFault.Unavailable, $"etcd cannot be read: {fault.Status.Detail}", fault);
            }
        }
    }

    public async Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation)
    {
        var (history, _) = await OpenAsync(isNew: false, cancellation);
        var request = new RangeRequest { Key = _setup.Keys.Of(key) };
        var reply = await _setup.Client.CallAsync((member, options) => member.Kv.RangeAsync(request, options), () => Longest, cancellation);
        return reply.Response.Kvs is [var found] && await _setup.Values.ReadAsync(found.Value, cancellation) is { } value
            ? new StoreEntry(key, value, history.FromEtcd(found.ModRevision))
            : null;
    }

    public async Task<AppendResult> AppendAsync(Batch batch)
    {
        if (batch.Changes.Count > MostChanges || batch.Preconditions.Count > MostConditions)
        {
            throw new StoreException(StoreFault.TooLarge,
                $"the change has {batch.Changes.Count} parts, and etcd takes {MostChanges} in one: change less at once");
        }

        var (_, writer) = await OpenAsync(isNew: false, _over.Token);
        var changes = await _setup.Values.StoreAsync(batch.Changes, _over.Token);
        return await writer.AppendAsync(batch, changes, [.. batch.Preconditions.Select(condition => _setup.Keys.Of(condition.Key))]);
    }

    public IDisposable Watch(string storeId, long after, Action<StoreEvent> onEvent) => new EtcdWatch(_setup, storeId, after, onEvent);

    public async Task<StoreSession> OpenSessionAsync(string name, byte[] value, TimeSpan ttl, CancellationToken cancellation)
    {
        var (history, _) = await OpenAsync(isNew: false, cancellation);
        return await EtcdSession.OpenAsync(_setup, history, name, value, ttl, cancellation);
    }

    public async Task CompactAsync(long before)
    {
        var (history, _) = await OpenAsync(isNew: false, _over.Token);
        await CompactAsync(history.ToEtcd(before), []);
    }

    public async Task RetainAsync(Precondition token)
    {
        var history = await _setup.HistoryAsync(replaces: null, _over.Token);
        var job = (Key: _setup.Keys.Of(token.Key), Revision: history.ToEtcd(token.Revision));
        if (history.Revision - Math.Max(history.Compacted, history.Begun) > _options.LogRevisions * Slack)
        {
            await CompactAsync(history.Revision - _options.LogRevisions, [EtcdRequests.IsAt(job.Key, job.Revision)]);
        }

        await _sweep.SweepAsync(job, _over.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_opened is { } opened)
        {
            await opened.Writer.DisposeAsync();
        }

        await _setup.DisposeAsync();
    }

    private async Task<StoreSnapshot> LoadAsync(EtcdHistory history, CancellationToken cancellation)
    {
        // Not the bodies: each is read where something refers to it.
        var (revision, first) = await _setup.Pages.ReadAsync(_setup.Keys.First, _setup.Keys.Bodies, 0, keysOnly: false, cancellation);
        var (_, rest) = await _setup.Pages.ReadAsync(EtcdKeys.After(_setup.Keys.Bodies), _setup.Keys.End, revision, keysOnly: false, cancellation);
        var entries = new List<StoreEntry>(first.Count + rest.Count);
        foreach (var entry in first.Concat(rest))
        {
            if (_setup.Keys.Name(entry.Key) is { } key)
            {
                var value = await _setup.Values.ReadAsync(entry.Value, cancellation)
                    ?? throw new StoreException(StoreFault.Unavailable, "what was read has changed meanwhile: try again");
                entries.Add(new StoreEntry(key, value, history.FromEtcd(entry.ModRevision)));
            }
        }

        var oldest = Math.Max(Math.Max(history.Begun, history.Compacted), revision - _options.LogRevisions);
        return new StoreSnapshot(history.Id, history.FromEtcd(revision), history.FromEtcd(oldest), entries);
    }

    // First it is written down up to where: who watches from before that is then told, by whichever member.
    private async Task CompactAsync(long revision, IReadOnlyList<Compare> conditions)
    {
        var mark = new TxnRequest
        {
            Compare = { conditions },
            Success = { EtcdRequests.Put(_setup.Keys.Compacted, ByteString.CopyFromUtf8(revision.ToString(CultureInfo.InvariantCulture))) },
        };
        var marked = await _setup.Client.CallAsync((member, options) => member.Kv.TxnAsync(mark, options), () => Longest, _over.Token);
        if (!marked.Response.Succeeded)
        {
            return;
        }

        var request = new CompactionRequest { Revision = revision + 1 };
        try
        {
            await _setup.Client.CallAsync((member, options) => member.Kv.CompactAsync(request, options), () => Longest, _over.Token);
        }
        catch (RpcException compacted) when (EtcdFaults.IsCompacted(compacted))
        {
            // An attempt before, or somebody else, has gone further.
        }
    }

    private async ValueTask<Opened> OpenAsync(bool isNew, CancellationToken cancellation)
    {
        if (!isNew && _opened is { } known)
        {
            return known;
        }

        await _opening.WaitAsync(cancellation);
        try
        {
            if (!isNew && _opened is { } quicker)
            {
                return quicker;
            }

            var history = await _setup.HistoryAsync(replaces: null, cancellation);
            var former = _opened;
            if (former?.History.Id == history.Id)
            {
                return _opened = former with { History = history };
            }

            _opened = new Opened(history, new EtcdWriter(_setup.Client, _setup.Keys, history, () => _setup.LongestWrite));
            if (former is not null)
            {
                await former.Writer.DisposeAsync();
            }

            return _opened;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>A history, and who writes to it.</summary>
    private sealed record Opened(EtcdHistory History, EtcdWriter Writer);
}
