using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>Reads many keys, all as of one revision, in pages that a message can hold. Any thread.</summary>
internal sealed class EtcdPages(EtcdClient client)
{
    // Some 1 MB as instances are; halved where they are larger.
    private const int PageSize = 500;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(2);

    /// <summary>All keys within a range.</summary>
    /// <param name="first">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="revision">Etcd's, as of which; 0: as of now.</param>
    /// <param name="keysOnly">Without the values.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="StoreException">Etcd does not answer.</exception>
    /// <exception cref="RpcException">The revision is compacted.</exception>
    public async Task<(long Revision, List<KeyValue> Entries)> ReadAsync(
        ByteString first, ByteString end, long revision, bool keysOnly, CancellationToken cancellation)
    {
        var entries = new List<KeyValue>();
        var size = PageSize;
        while (true)
        {
            var request = new RangeRequest { Key = first, RangeEnd = end, Limit = size, Revision = revision, KeysOnly = keysOnly };
            RangeResponse page;
            try
            {
                page = (await client.CallAsync((member, options) => member.Kv.RangeAsync(request, options), () => Longest, cancellation, Attempt)).Response;
            }
            catch (RpcException fault) when (EtcdFaults.IsTooLarge(fault) && size > 1)
            {
                size /= 2;
                continue;
            }

            revision = revision == 0 ? page.Header.Revision : revision;
            entries.AddRange(page.Kvs);
            if (!page.More || page.Kvs.Count == 0)
            {
                return (revision, entries);
            }

            // The next one in order.
            first = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
    }
}
