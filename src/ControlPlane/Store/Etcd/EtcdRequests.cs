using Google.Protobuf;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>Parts of transactions.</summary>
internal static class EtcdRequests
{
    /// <summary>A key was last changed at etcd's revision; at 0 it is not there.</summary>
    public static Compare IsAt(ByteString key, long revision) =>
        new() { Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, Key = key, ModRevision = revision };

    public static RequestOp Put(ByteString key, ByteString value, long lease = 0) =>
        new() { RequestPut = new PutRequest { Key = key, Value = value, Lease = lease } };

    public static RequestOp Delete(ByteString key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = key } };

    public static RequestOp Get(ByteString key, bool keyOnly = false) => new() { RequestRange = new RangeRequest { Key = key, KeysOnly = keyOnly } };

    /// <summary>Of a transaction; etcd takes 128, and some are needed besides.</summary>
    public const int MostOperations = 120;

    /// <summary>
    /// As many as there are, in groups that are transactions within the transaction. Etcd takes as many operations in all levels of one
    /// branch together as in one: more groups leave less room in each, and some 4,000 are the most.
    /// </summary>
    /// <param name="operations">What is to be done.</param>
    /// <param name="beside">How many other operations, or conditions if those are more, the transaction has.</param>
    /// <exception cref="StoreException">They are too many.</exception>
    public static IEnumerable<RequestOp> Grouped(IReadOnlyList<RequestOp> operations, int beside)
    {
        if (operations.Count <= MostOperations)
        {
            return operations;
        }

        for (var groups = 2; groups < EtcdsMost; groups++)
        {
            var size = EtcdsMost - Math.Max(groups + 1, beside);
            if (groups * size >= operations.Count)
            {
                return operations.Chunk(size).Select(chunk => new RequestOp { RequestTxn = new TxnRequest { Success = { chunk } } });
            }
        }

        throw new StoreException(StoreFault.TooLarge, $"the change has {operations.Count} parts, and etcd takes some 4000 in one: change less at once");
    }

    // Its --max-txn-ops, unless somebody has changed it.
    private const int EtcdsMost = 128;
}
