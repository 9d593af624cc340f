using System.Text.Unicode;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Flow.Messages;

/// <summary>
/// Why none of a service's endpoints can be used, in one line: "none of its 3 endpoints can be used (2 DOWN, 1 with an open circuit)".
/// Looks at every endpoint, so once for all calls that fail in one turn of the loop.
/// </summary>
internal sealed class UnusableEndpoints
{
    /// <summary>Counts of every status there is.</summary>
    private const int MostBytes = 512;

    /// <summary>All that an endpoint may be but healthy, by name.</summary>
    private static readonly string[] Statuses =
        [.. Enum.GetNames<Mesh.V1.ServiceStatus>().Select(name => name.ToUpperInvariant()).Where(name => name != "HEALTHY").Order(StringComparer.Ordinal)];

    private readonly byte[] _text = new byte[MostBytes];
    private int _length;
    private Cluster? _of;
    private long _at;

    /// <summary>In UTF-8. Valid until the next call.</summary>
    /// <param name="cluster">None of whose endpoints can be used.</param>
    /// <param name="now">The loop's time.</param>
    public ReadOnlySpan<byte> Of(Cluster cluster, long now)
    {
        if (!ReferenceEquals(cluster, _of) || now != _at)
        {
            _of = cluster;
            _at = now;
            _length = Write(_text, cluster, now);
        }

        return _text.AsSpan(0, _length);
    }

    private static int Write(Span<byte> into, Cluster cluster, long now)
    {
        var endpoints = cluster.Endpoints;
        if (endpoints.Length == 0)
        {
            var whole = cluster.Whole?.Endpoints.Length ?? 0;
            int none;
            if (whole == 0)
            {
                Utf8.TryWrite(into, $"it has no endpoints", out none);
            }
            else
            {
                Utf8.TryWrite(into, $"none of its {whole} endpoints is one of these", out none);
            }

            return none;
        }

        Utf8.TryWrite(into, $"none of its {endpoints.Length} endpoints can be used (", out var length);
        var first = true;
        foreach (var status in Statuses)
        {
            var count = 0;
            foreach (var endpoint in endpoints)
            {
                count += !endpoint.State.Model.IsHealthy && endpoint.State.Model.Status == status ? 1 : 0;
            }

            AddReason(into, ref length, ref first, count, status);
        }

        var open = 0;
        foreach (var endpoint in endpoints)
        {
            open += endpoint.State.Model.IsHealthy && endpoint.State.Breaker.StateAt(now) != BreakerState.Closed ? 1 : 0;
        }

        AddReason(into, ref length, ref first, open, "with an open circuit");
        into[length++] = (byte)')';
        return length;
    }

    private static void AddReason(Span<byte> into, ref int length, ref bool first, int count, string what)
    {
        if (count > 0)
        {
            Utf8.TryWrite(into[length..], $"{(first ? "" : ", ")}{count} {what}", out var more);
            length += more;
            first = false;
        }
    }
}
