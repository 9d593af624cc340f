using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Makes transactions one after the other, each once. With each it writes the transaction's id under a key that only it writes, on the
/// condition that the key is as it left it. So an attempt whose answer was lost is told from one that was not made: if it was,
/// the id is there, and no later attempt can make it again. One thread at a time.
/// </summary>
internal sealed class EtcdLane(EtcdClient client, EtcdHistory history, ByteString key, Func<TimeSpan> longest)
{
    // Etcd's revision of the key, which is nobody's before us; null if an attempt may still be under way.
    private long? _revision = 0;

    /// <summary>Makes batches, and answers each.</summary>
    public async Task MakeAsync(List<EtcdAppend> appends, CancellationToken cancellation)
    {
        var left = appends;
        try
        {
            while (left.Count != 0)
            {
                left = await AttemptAsync(left, cancellation);
            }
        }
        catch (RpcException fault)
        {
            Fail(left, new StoreException(StoreFault.TooLarge, "the change is larger than etcd takes in one: change less at once", fault));
        }
        catch (StoreException fault)
        {
            _revision = null;
            Fail(left, fault);
        }
        catch (OperationCanceledException)
        {
            _revision = null;
            Fail(left, new StoreException(StoreFault.Unavailable, "the control plane is going down"));
        }
        catch (Exception defect)
        {
            _revision = null;
            Fail(left, new StoreException(StoreFault.Unavailable, "a defect of ours: " + defect.Message.ReplaceLineEndings(" "), defect));
        }
    }

    /// <returns>Those that are to be tried again.</returns>
    private async Task<List<EtcdAppend>> AttemptAsync(List<EtcdAppend> appends, CancellationToken cancellation)
    {
        _revision ??= await ReadAsync(cancellation);
        var id = ByteString.CopyFrom(Guid.NewGuid().ToByteArray());
        var conditions = appends.SelectMany(append => append.Conditions).Distinct().ToList();
        var request = new TxnRequest
        {
            Compare = { EtcdRequests.IsAt(key, _revision.Value), ConditionsOf(appends) },
            Success = { EtcdRequests.Put(key, id), EtcdRequests.Grouped([.. appends.SelectMany(append => append.Changes).Select(ToRequest)], conditions.Count + 2) },
            Failure = { EtcdRequests.Get(key), conditions.Select(condition => EtcdRequests.Get(condition, keyOnly: true)) },
        };
        var (response, attempts) = await client.CallAsync((member, options) => member.Kv.TxnAsync(request, options), longest, cancellation);
        if (response.Succeeded)
        {
            Succeed(appends, response.Header.Revision);
            return [];
        }

        var lane = response.Responses[0].ResponseRange.Kvs is [var found] ? found : null;
        if (lane?.Value == id)
        {
            // An attempt before this one was made, and its answer lost.
            Succeed(appends, lane.ModRevision);
            return [];
        }

        if ((lane?.ModRevision ?? 0) != _revision)
        {
            _revision = lane?.ModRevision ?? 0;
            return appends;
        }

        if (attempts > 1)
        {
            // An attempt before this one may come late, and must not be made once its sender has been told that it was not.
            await FenceAsync(cancellation);
        }

        var holds = conditions.Zip(response.Responses.Skip(1), (condition, read) =>
            (condition, Revision: read.ResponseRange.Kvs is [var entry] ? entry.ModRevision : 0)).ToDictionary(pair => pair.condition, pair => pair.Revision);
        return [.. appends.Where(append => !TryRefuse(append, holds, response.Header.Revision))];
    }

    private bool TryRefuse(EtcdAppend append, Dictionary<ByteString, long> holds, long now)
    {
        for (var i = 0; i < append.Conditions.Count; i++)
        {
            var (name, expected) = append.Batch.Preconditions[i];
            var actual = holds[append.Conditions[i]];
            if (actual == history.ToEtcd(expected))
            {
                continue;
            }

            // When what is not there went is not known.
            var seen = holds.Values.Any(revision => revision == 0) ? now : holds.Values.Max();
            append.Done.TrySetResult(AppendResult.Conflicting(history.FromEtcd(seen), name, history.FromEtcd(actual)));
            return true;
        }

        return false;
    }

    private IEnumerable<Compare> ConditionsOf(List<EtcdAppend> appends) => appends
        .SelectMany(append => append.Conditions.Zip(append.Batch.Preconditions, (condition, expected) => (condition, expected.Revision)))
        .Distinct()
        .Select(condition => EtcdRequests.IsAt(condition.condition, history.ToEtcd(condition.Revision)));

    private void Succeed(List<EtcdAppend> appends, long revision)
    {
        _revision = revision;
        appends.ForEach(append => append.Done.TrySetResult(AppendResult.Applied(history.FromEtcd(revision))));
    }

    private async Task<long> ReadAsync(CancellationToken cancellation)
    {
        var request = new RangeRequest { Key = key, KeysOnly = true };
        var reply = await client.CallAsync((member, options) => member.Kv.RangeAsync(request, options), longest, cancellation);
        return reply.Response.Kvs is [var found] ? found.ModRevision : 0;
    }

    private async Task FenceAsync(CancellationToken cancellation)
    {
        var request = new TxnRequest { Success = { EtcdRequests.Put(key, ByteString.Empty) } };
        var reply = await client.CallAsync((member, options) => member.Kv.TxnAsync(request, options), longest, cancellation);
        _revision = reply.Response.Header.Revision;
    }

    private static RequestOp ToRequest(EtcdChange change) =>
        change.Value is { } value ? EtcdRequests.Put(change.Key, value) : EtcdRequests.Delete(change.Key);

    private static void Fail(List<EtcdAppend> appends, StoreException why) => appends.ForEach(append => append.Done.TrySetException(why));
}
