using Google.Protobuf;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// How keys are named in etcd: all behind one prefix, and those that are this store's own business behind a tilde, of which
/// readers learn nothing. Immutable.
/// </summary>
internal sealed class EtcdKeys
{
    private const string Own = "~";

    private readonly byte[] _prefix;

    public EtcdKeys(string prefix)
    {
        Prefix = prefix;
        _prefix = System.Text.Encoding.UTF8.GetBytes(prefix);
        First = Of("");
        End = After(First);
        History = Of(Own + "meta");
        Tick = Of(Own + "tick");
        Compacted = Of(Own + "compacted");
        Bodies = Of(Own + "b/");
        Lanes = Of(Own + "w/");
    }

    public string Prefix { get; }

    /// <summary>Where the keys begin.</summary>
    public ByteString First { get; }

    /// <summary>The first that is none of them.</summary>
    public ByteString End { get; }

    /// <summary>Which history this is.</summary>
    public ByteString History { get; }

    /// <summary>Written when nothing else is: shows that etcd takes writes and that watches are told.</summary>
    public ByteString Tick { get; }

    /// <summary>Up to which revision the log was forgotten.</summary>
    public ByteString Compacted { get; }

    /// <summary>Large values, by their hashes.</summary>
    public ByteString Bodies { get; }

    /// <summary>What each lane of each writer has made last.</summary>
    public ByteString Lanes { get; }

    public ByteString Of(string key) => ByteString.CopyFromUtf8(Prefix + key);

    public ByteString Body(ReadOnlySpan<byte> hash) => Of($"{Own}b/{Convert.ToHexStringLower(hash)}");

    public ByteString Lane(string writer, int number) => Of($"{Own}w/{writer}/{number}");

    /// <summary>The key that readers know; null if it is this store's own.</summary>
    public string? Name(ByteString key)
    {
        var name = key.Span[_prefix.Length..];
        return !name.IsEmpty && name[0] == (byte)Own[0] ? null : System.Text.Encoding.UTF8.GetString(name);
    }

    /// <summary>The first key that does not begin so.</summary>
    public static ByteString After(ByteString prefix)
    {
        var end = prefix.ToByteArray();
        var last = Array.FindLastIndex(end, octet => octet != byte.MaxValue);
        end[last]++;
        return ByteString.CopyFrom(end, 0, last + 1);
    }
}
