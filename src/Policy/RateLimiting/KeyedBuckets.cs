using System.Security.Cryptography;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.RateLimiting;

/// <summary>
/// A bucket for each key, of which the least recently used makes room for a new one. Keys are kept as 64 bits of a hash with a seed of
/// this process, not as they came: they may be long, and secret. Any thread.
/// </summary>
/// <param name="rate">Of each bucket.</param>
/// <param name="most">How many there may be.</param>
internal sealed class KeyedBuckets(TokenRate rate, int most)
{
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedListNode<Bucket>> _byKey = [];
    private readonly LinkedList<Bucket> _byUse = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byKey.Count;
            }
        }
    }

    public long Take(ReadOnlySpan<byte> key, long elapsed)
    {
        var hash = XxHash64.Hash(key, Seed);
        lock (_lock)
        {
            var bucket = Find(hash);
            return rate.Take(ref bucket.ValueRef.FullAt, elapsed);
        }
    }

    private LinkedListNode<Bucket> Find(ulong hash)
    {
        if (_byKey.TryGetValue(hash, out var bucket))
        {
            _byUse.Remove(bucket);
        }
        else if (_byKey.Count < most)
        {
            bucket = new LinkedListNode<Bucket>(new Bucket { Key = hash });
            _byKey.Add(hash, bucket);
        }
        else
        {
            bucket = _byUse.Last!;
            _byUse.RemoveLast();
            _byKey.Remove(bucket.Value.Key);
            bucket.Value = new Bucket { Key = hash };
            _byKey.Add(hash, bucket);
        }

        _byUse.AddFirst(bucket);
        return bucket;
    }

    private struct Bucket
    {
        public ulong Key;
        public long FullAt;
    }
}
