using System.Net;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// One call on its way to the log, in memory that is used again. What is text in the call's head is copied, cut off where
/// it gets long; the rest are numbers and references to what lives longer than the call.
/// </summary>
internal sealed class AccessLogEntry
{
    /// <summary>Longer paths and names are cut off: nobody reads them, and a caller could fill our memory with them.</summary>
    public const int LongestText = 256;

    /// <summary>The same for messages, which name a service, an endpoint and a route.</summary>
    public const int LongestMessage = 1024;

    /// <summary>Slots of a loop's ring: what it completes between two rounds of the log's thread, several times over.</summary>
    public const int RingSize = 1 << 14;

    private readonly byte[] _texts = new byte[(3 * LongestText) + TraceParent.TraceIdLength];
    private int _method;
    private int _path;
    private int _authority;
    private int _trace;
    private byte[] _message = [];
    private int _messageLength;

    /// <summary>In the loops' ticks.</summary>
    public long Started { get; set; }

    public long Duration { get; set; }

    public int Code { get; set; }

    public Outcome Outcome { get; set; }

    public CallProtocol Protocol { get; set; }

    public int Attempts { get; set; }

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>The one asked for, as the mesh knows it; null if there is none.</summary>
    public string? Service { get; set; }

    /// <summary>The service that the call went to: the one asked for, or where its route led; null if nowhere.</summary>
    public string? UpstreamCluster { get; set; }

    /// <summary>The name of the route it took; null or empty if none matched.</summary>
    public string? Route { get; set; }

    public IPEndPoint? Peer { get; set; }

    /// <summary>The last one tried.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>"pkg.Service/Method" for gRPC, otherwise HTTP's method.</summary>
    public ReadOnlySpan<byte> Method => _texts.AsSpan(0, _method);

    /// <summary>Without the query; empty for gRPC, whose method says it.</summary>
    public ReadOnlySpan<byte> Path => _texts.AsSpan(LongestText, _path);

    public ReadOnlySpan<byte> Authority => _texts.AsSpan(2 * LongestText, _authority);

    /// <summary>What the mesh told the caller; empty if an endpoint answered.</summary>
    public ReadOnlySpan<byte> Message => _message.AsSpan(0, _messageLength);

    /// <summary>In hexadecimal digits; empty if there is none.</summary>
    public ReadOnlySpan<byte> TraceId => _texts.AsSpan(3 * LongestText, _trace);

    public void SetTexts(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> authority)
    {
        _method = Copy(method, 0);
        _path = Copy(path, LongestText);
        _authority = Copy(authority, 2 * LongestText);
    }

    /// <summary>The mesh's own word, cut off where it gets long. Few calls have one: the room for it is made when it is needed.</summary>
    public void SetMessage(ReadOnlySpan<byte> message)
    {
        _messageLength = Math.Min(message.Length, LongestMessage);
        if (_message.Length < _messageLength)
        {
            _message = new byte[LongestMessage];
        }

        message[.._messageLength].CopyTo(_message);
    }

    /// <summary>Takes the trace's id out of the header traceparent; what is none, or is malformed, leaves none.</summary>
    public void SetTrace(ReadOnlySpan<byte> traceParent)
    {
        var isTraced = TraceParent.TryRead(traceParent, out _);
        _trace = Copy(isTraced ? TraceParent.TraceIdOf(traceParent) : default, 3 * LongestText);
    }

    private int Copy(ReadOnlySpan<byte> text, int at)
    {
        var length = Math.Min(text.Length, LongestText);
        text[..length].CopyTo(_texts.AsSpan(at));
        return length;
    }
}
