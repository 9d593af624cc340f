using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// One loop's calls in one direction on their way to the log: one writer, the loop, and one reader, the log's thread. If
/// that cannot keep up, since whoever reads our output does not, calls are left out and counted; the loop never waits.
/// </summary>
internal sealed class AccessLogRing(Direction direction, int size = AccessLogRing.DefaultSize)
{
    /// <summary>What a loop completes between two rounds of the log's thread, several times over.</summary>
    private const int DefaultSize = 1 << 14;

    /// <summary>Where the trace id is in traceparent.</summary>
    private const int TraceAt = 3;
    private const int TraceLength = 32;

    // Entries are made as they are first needed: a quiet sidecar has few.
    private readonly AccessLogEntry?[] _ring = new AccessLogEntry?[size];
    private long _written;
    private long _read;
    private long _dropped;

    public Direction Direction { get; } = direction;

    /// <summary>Calls that are missing in the log.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>On the loop.</summary>
    public void Write(Exchange exchange, int code, in Outcome outcome, long duration)
    {
        if (_written - Volatile.Read(ref _read) == _ring.Length)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return;
        }

        var entry = _ring[_written % _ring.Length] ??= new AccessLogEntry();
        var head = exchange.Request;
        entry.Started = exchange.Started;
        entry.Duration = duration;
        entry.Code = code;
        entry.Outcome = outcome;
        entry.IsGrpc = exchange.IsGrpc;
        entry.Attempts = exchange.Attempts;
        entry.RequestBytes = exchange.Body.Total;
        entry.ResponseBytes = exchange.ResponseBytes;
        entry.Service = exchange.Cluster?.Name;
        entry.Peer = exchange.Downstream?.Connection.Remote;
        entry.Endpoint = exchange.LastEndpoint;
        head.TryGet(KnownHeader.Authority, out var authority);
        var traced = head.TryGet(KnownHeader.Traceparent, out var traceparent) && TraceParent.TryRead(traceparent, out _);
        entry.SetTexts(RequestHead.PathOf(head).TrimStart((byte)'/'), authority, traced ? traceparent.Slice(TraceAt, TraceLength) : default);
        Volatile.Write(ref _written, _written + 1);
    }

    /// <summary>On the reader's thread: hands over each entry, which is valid during the call.</summary>
    public void Drain(Action<Direction, AccessLogEntry> take)
    {
        var end = Volatile.Read(ref _written);
        for (; _read < end; Volatile.Write(ref _read, _read + 1))
        {
            take(Direction, _ring[_read % _ring.Length]!);
        }
    }
}
