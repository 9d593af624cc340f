using Google.Protobuf;
using Mesh.ControlPlane.Store.Etcd.Rpc;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>Which history etcd holds, and how its revisions are counted.</summary>
/// <param name="Id">Tells it from others.</param>
/// <param name="Base">What is added to etcd's revisions, which begin at 1 in each cluster, so that none is used twice.</param>
/// <param name="Begun">Etcd's revision at which it began.</param>
/// <param name="Revision">Etcd's when this was read.</param>
/// <param name="Compacted">Etcd's up to which the log is forgotten.</param>
internal sealed record EtcdHistory(string Id, long Base, long Begun, long Revision, long Compacted)
{
    // Of keys and values; what a later version has written is left alone.
    private const int Format = 1;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>Reads it, begins it if there is none, and begins a new one if this is not the cluster that it was begun in: a backup.</summary>
    /// <param name="client">Asks.</param>
    /// <param name="keys">Where it is.</param>
    /// <param name="time">When a new one begins.</param>
    /// <param name="replaces">The id of a history that is known to have gone back, and must not go on.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public static async Task<EtcdHistory> OpenAsync(EtcdClient client, EtcdKeys keys, TimeProvider time, string? replaces, CancellationToken cancellation)
    {
        var read = new TxnRequest
        {
            Success =
            {
                new RequestOp { RequestRange = new RangeRequest { Key = keys.History } },
                new RequestOp { RequestRange = new RangeRequest { Key = keys.Compacted } },
            },
        };
        while (true)
        {
            var reply = await client.CallAsync((member, options) => member.Kv.TxnAsync(read, options), () => Longest, cancellation);
            var header = reply.Response.Header;
            var stored = reply.Response.Responses[0].ResponseRange.Kvs is [var found] ? found : null;
            if (stored is not null)
            {
                var record = StoredHistory.Parser.ParseFrom(stored.Value);
                if (record.Format > Format)
                {
                    throw new StoreException(StoreFault.Unusable,
                        $"what etcd holds under {keys.Prefix} was written by a later version (format {record.Format}, and this one knows {Format}); run that version");
                }

                if (record.ClusterId == header.ClusterId && record.Id != replaces)
                {
                    var compacted = reply.Response.Responses[1].ResponseRange.Kvs is [var mark]
                        && long.TryParse(mark.Value.ToStringUtf8(), out var revision) ? revision : 0;
                    return new EtcdHistory(record.Id, record.Base, stored.CreateRevision, header.Revision, compacted);
                }
            }

            // A batch of revisions more than any that may have been seen: those of etcd are far below the clock's.
            var begun = new StoredHistory { Id = StoreHistory.NewId(), ClusterId = header.ClusterId, Base = StoreHistory.FirstRevision(time), Format = Format };
            var write = new TxnRequest
            {
                Compare = { EtcdRequests.IsAt(keys.History, stored?.ModRevision ?? 0) },
                Success = { EtcdRequests.Put(keys.History, begun.ToByteString()) },
            };
            // Whoever is quicker begins it; then it is read.
            await client.CallAsync((member, options) => member.Kv.TxnAsync(write, options), () => Longest, cancellation);
        }
    }

    /// <summary>Etcd's revision for one of ours; what is of another history is never at it.</summary>
    public long ToEtcd(long revision) => revision == 0 ? 0 : revision > Base ? revision - Base : -1;

    public long FromEtcd(long revision) => revision == 0 ? 0 : revision + Base;
}
