using System.Buffers.Text;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// A failure of the mesh's own for programs: the value of grpc-status-details-bin, a google.rpc.Status with one
/// google.rpc.ErrorInfo (https://google.aip.dev/193), and a google.rpc.RetryInfo where it is known when to try again. The former's domain
/// is "mesh", its reason the outcome's in capitals, its metadata say where: <c>service</c> as the caller asked for it,
/// <c>upstream_cluster</c> and <c>upstream_subset</c> if a route led elsewhere, <c>hop</c> ("outbound" or
/// "inbound"), <c>instance</c> of the sidecar, and the <c>endpoint</c> that was tried last: its address or,
/// inbound, where the app's means nothing to callers, the instance's id. Written by hand into buffers that are used again. Part of <see cref="MeshAnswer"/>.
/// </summary>
internal sealed class ErrorDetails
{
    private const int LengthDelimited = 2;

    private static readonly byte[][] Reasons =
        [.. Enum.GetValues<OutcomeReason>().Select(reason => Encoding.ASCII.GetBytes(Words.Of(reason).ToUpperInvariant()))];

    private readonly ByteBuffer _entry = new();
    private readonly ByteBuffer _info = new();
    private readonly ByteBuffer _any = new();
    private readonly ByteBuffer _status = new();
    private readonly ByteBuffer _text = new();

    /// <summary>A reason in capitals.</summary>
    public static ReadOnlySpan<byte> NameOf(OutcomeReason reason) => Reasons[(int)reason];

    /// <summary>In base64 without padding (gRPC over HTTP/2, "Binary-Header"). Valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(Exchange exchange, OutcomeReason reason, int code, ReadOnlySpan<byte> message)
    {
        // message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
        _info.Clear();
        Add(_info, 1, Reasons[(int)reason]);
        Add(_info, 2, "mesh"u8);
        if ((exchange.Route.Asked ?? exchange.Route.Cluster) is { } asked)
        {
            AddMetadata("service"u8, asked.Key);
            if (exchange.Route is { Backend: not null, Cluster: { } cluster })
            {
                AddMetadata("upstream_cluster"u8, cluster.Key);
                AddSubset(cluster);
            }
        }

        AddMetadata("hop"u8, exchange.Flow.Direction == Direction.Inbound ? "inbound"u8 : "outbound"u8);
        AddMetadata("instance"u8, exchange.Worker.Instance);
        if (exchange.Attempts.LastEndpoint is not { } endpoint)
        {
            // Nobody was tried.
        }
        else if (exchange.Flow.Direction == Direction.Inbound)
        {
            AddMetadata("endpoint"u8, exchange.Worker.Instance);
        }
        else
        {
            Span<byte> address = stackalloc byte[300]; // a DNS name of 253 and a port, with room
            AddMetadata("endpoint"u8, Encoding.UTF8.TryGetBytes(endpoint.Address, address, out var length) ? address[..length] : default);
        }

        // message Any { string type_url = 1; bytes value = 2; }
        _any.Clear();
        Add(_any, 1, "type.googleapis.com/google.rpc.ErrorInfo"u8);
        Add(_any, 2, _info.Written);

        // message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
        _status.Clear();
        _status.Append([1 << 3, (byte)code]);
        Add(_status, 2, message);
        Add(_status, 3, _any.Written);
        if (exchange.Admission.RetryAfter is > 0 and var after)
        {
            AddRetryInfo(after);
        }

        return Base64Of(_status.Written);
    }

    private void AddRetryInfo(long ticks)
    {
        // message Duration { int64 seconds = 1; int32 nanos = 2; }; message RetryInfo { Duration retry_delay = 1; }
        _entry.Clear();
        AddNumber(_entry, 1, (ulong)(ticks / TimeSpan.TicksPerSecond));
        AddNumber(_entry, 2, (ulong)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        _info.Clear();
        Add(_info, 1, _entry.Written);
        _any.Clear();
        Add(_any, 1, "type.googleapis.com/google.rpc.RetryInfo"u8);
        Add(_any, 2, _info.Written);
        Add(_status, 3, _any.Written);
    }

    private void AddSubset(Cluster cluster)
    {
        Span<byte> subset = stackalloc byte[512]; // a version and some labels; more is in the configuration
        if (!cluster.Subset.IsAll && Encoding.UTF8.TryGetBytes(cluster.Subset.ToString(), subset, out var length))
        {
            AddMetadata("upstream_subset"u8, subset[..length]);
        }
    }

    private void AddMetadata(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return;
        }

        _entry.Clear();
        Add(_entry, 1, key);
        Add(_entry, 2, value);
        Add(_info, 3, _entry.Written);
    }

    private static void Add(ByteBuffer to, int field, ReadOnlySpan<byte> value)
    {
        to.Append([(byte)((field << 3) | LengthDelimited)]);
        AddVarint(to, (uint)value.Length);
        to.Append(value);
    }

    private static void AddNumber(ByteBuffer to, int field, ulong value)
    {
        to.Append([(byte)(field << 3)]);
        AddVarint(to, value);
    }

    private static void AddVarint(ByteBuffer to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.Append([(byte)(value | 0x80)]);
        }

        to.Append([(byte)value]);
    }

    private ReadOnlySpan<byte> Base64Of(ReadOnlySpan<byte> bytes)
    {
        _text.Clear();
        Base64.EncodeToUtf8(bytes, _text.Reserve(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var length);
        _text.Advance(length);
        return _text.Written.TrimEnd((byte)'=');
    }
}
