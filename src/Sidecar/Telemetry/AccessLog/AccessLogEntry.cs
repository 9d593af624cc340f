using System.Net;
using Mesh.Policy.Outcomes;
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

    private readonly byte[] _texts = new byte[(2 * LongestText) + Tracing.TraceParent.Length];
    private int _method;
    private int _authority;
    private int _trace;

    /// <summary>In the loop's ticks.</summary>
    public long Started { get; set; }

    public long Duration { get; set; }

    public int Code { get; set; }

    public Outcome Outcome { get; set; }

    public bool IsGrpc { get; set; }

    public int Attempts { get; set; }

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>As the mesh knows it; null if there is none.</summary>
    public string? Service { get; set; }

    public IPEndPoint? Peer { get; set; }

    /// <summary>The last one tried.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>The path without its first '/'.</summary>
    public ReadOnlySpan<byte> Method => _texts.AsSpan(0, _method);

    public ReadOnlySpan<byte> Authority => _texts.AsSpan(LongestText, _authority);

    /// <summary>In hexadecimal digits; empty if there is none.</summary>
    public ReadOnlySpan<byte> TraceId => _texts.AsSpan(2 * LongestText, _trace);

    public void SetTexts(ReadOnlySpan<byte> method, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> traceId)
    {
        _method = Copy(method, 0);
        _authority = Copy(authority, LongestText);
        _trace = Copy(traceId, 2 * LongestText);
    }

    private int Copy(ReadOnlySpan<byte> text, int at)
    {
        var length = Math.Min(text.Length, LongestText);
        text[..length].CopyTo(_texts.AsSpan(at));
        return length;
    }
}
