using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Values as they are in etcd: each itself, or, when a batch has more than one request may, a reference to a body that was
/// written before. Bodies are named by their content. Any thread.
/// </summary>
internal sealed class EtcdValues(EtcdClient client, EtcdKeys keys)
{
    /// <summary>Of all values of a transaction; etcd's own limit for a request is 1.5 MiB.</summary>
    public const int MostBytes = 900 * 1024;

    private const byte Inline = 0;
    private const byte Reference = 1;

    // A reference has 33.
    private const int SmallestBody = 256;

    // One value, and what its request has besides.
    private const int LargestBody = 1400 * 1024;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(2);

    public static ByteString Whole(byte[] value)
    {
        var stored = new byte[value.Length + 1];
        value.CopyTo(stored, 1);
        stored[0] = Inline;
        return UnsafeByteOperations.UnsafeWrap(stored);
    }

    public static bool IsReference(ByteString stored) => stored.Length == 1 + SHA256.HashSizeInBytes && stored[0] == Reference;

    /// <summary>The key of what a reference refers to.</summary>
    public ByteString BodyOf(ByteString stored) => keys.Body(stored.Span[1..]);

    /// <summary>What is to be stored for changes; what is too much for one request is written now.</summary>
    /// <exception cref="StoreException">It is too large, or cannot be written.</exception>
    public async Task<IReadOnlyList<EtcdChange>> StoreAsync(IReadOnlyList<StoreChange> changes, CancellationToken cancellation)
    {
        var isLarge = RevisionLog.BytesOf(changes) > MostBytes;
        var stored = new List<EtcdChange>(changes.Count);
        var bodies = new Dictionary<ByteString, ByteString>();
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                stored.Add(new EtcdChange(keys.Of(key), null));
            }
            else if (!isLarge || value.Length < SmallestBody)
            {
                stored.Add(new EtcdChange(keys.Of(key), Whole(value)));
            }
            else if (value.Length > LargestBody)
            {
                throw new StoreException(StoreFault.TooLarge, $"a value has {value.Length} bytes, and may have {LargestBody} in etcd");
            }
            else
            {
                var hash = SHA256.HashData(value);
                bodies[keys.Body(hash)] = UnsafeByteOperations.UnsafeWrap(value);
                stored.Add(new EtcdChange(keys.Of(key), ByteString.CopyFrom([Reference, .. hash])));
            }
        }

        await WriteAsync(bodies, cancellation);
        return stored;
    }

    /// <summary>A value as it was given.</summary>
    /// <returns>Null if what it refers to is not there any more, since nothing refers to it.</returns>
    public async ValueTask<byte[]?> ReadAsync(ByteString stored, CancellationToken cancellation)
    {
        if (!IsReference(stored))
        {
            return stored.Span[1..].ToArray();
        }

        var request = new RangeRequest { Key = BodyOf(stored) };
        var reply = await client.CallAsync((member, options) => member.Kv.RangeAsync(request, options), () => Longest, cancellation, Attempt);
        return reply.Response.Kvs is [var body] ? body.Value.ToByteArray() : null;
    }

    private async Task WriteAsync(Dictionary<ByteString, ByteString> bodies, CancellationToken cancellation)
    {
        var request = new TxnRequest();
        var bytes = 0;
        foreach (var (key, value) in bodies)
        {
            if (request.Success.Count == EtcdRequests.MostOperations || (bytes != 0 && bytes + value.Length > MostBytes))
            {
                await WriteAsync(request, cancellation);
                (request, bytes) = (new TxnRequest(), 0);
            }

            request.Success.Add(EtcdRequests.Put(key, value));
            bytes += value.Length;
        }

        if (request.Success.Count != 0)
        {
            await WriteAsync(request, cancellation);
        }
    }

    private async Task WriteAsync(TxnRequest request, CancellationToken cancellation)
    {
        try
        {
            await client.CallAsync((member, options) => member.Kv.TxnAsync(request, options), () => Longest, cancellation, Attempt);
        }
        catch (RpcException tooLarge)
        {
            throw new StoreException(StoreFault.TooLarge, "a value is larger than etcd takes in one request", tooLarge);
        }
    }
}
