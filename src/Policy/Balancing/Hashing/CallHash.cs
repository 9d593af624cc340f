using System.Collections.Immutable;
using System.Text;
using Mesh.Policy.Calls;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Balancing.Hashing;

/// <summary>The hash of a call: of the first thing it has of those that are hashed. The same on every sidecar. Immutable, any thread.</summary>
internal sealed class CallHash(ImmutableArray<HashOptions> sources)
{
    private readonly byte[][] _names = [.. sources.Select(source => Encoding.UTF8.GetBytes(source.Name))];

    /// <summary>False if the call has none of them: it may go to any endpoint.</summary>
    public bool TryGet(CallFacts call, out ulong hash)
    {
        for (var i = 0; i < sources.Length; i++)
        {
            if (TryGet(sources[i].Source, _names[i], call, out hash))
            {
                return true;
            }
        }

        hash = 0;
        return false;
    }

    private static bool TryGet(HashSource source, byte[] name, CallFacts call, out ulong hash)
    {
        hash = 0;
        switch (source)
        {
            case HashSource.Header when call.TryGetHeader(name, out var value):
                hash = XxHash64.Hash(value);
                return true;
            case HashSource.Cookie when Cookies.TryFind(call, name, out var cookie):
                hash = XxHash64.Hash(cookie);
                return true;
            case HashSource.Path:
                hash = XxHash64.Hash(call.Path);
                return true;
            case HashSource.SourceAddress when call.Source is { } address:
                Span<byte> bytes = stackalloc byte[16];
                address.TryWriteBytes(bytes, out var length);
                hash = XxHash64.Hash(bytes[..length]);
                return true;
            default:
                return false;
        }
    }
}
