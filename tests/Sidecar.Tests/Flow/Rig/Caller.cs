using Mesh.Conformance.Peer;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>A scripted caller: the client of one connection to the sidecar's outbound port.</summary>
internal sealed class Caller : WireEnd
{
    private uint _next = 1;

    public Caller(MemoryLoop loop, RequestFlow flow, WireOptions options, ViolationCounters violations)
        : base(loop, new MemoryChannel(loop), isServer: false)
    {
        Connection = Http2Connection.Accept(Channel, new DownstreamConnection(flow, TunnelEntry.None(null!), null, _ => IsGone = true), options, violations);
        Send(Frames.Preface, Frames.Settings((4, 1 << 24)), Frames.WindowUpdate(0, 1 << 28));
        Take();
    }

    public Http2Connection Connection { get; }

    /// <summary>The sidecar has forgotten it.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Asks for a unary method of gRPC.</summary>
    /// <param name="service">The authority.</param>
    /// <param name="end">Nothing follows the head.</param>
    /// <param name="more">Header lines.</param>
    /// <returns>The stream.</returns>
    public uint Call(string service = "echo", bool end = true, params string[] more) =>
        Ask(end, [":method: POST", ":scheme: http", ":path: /pkg.Echo/Do", $":authority: {service}", "content-type: application/grpc", "te: trailers", .. more]);

    /// <summary>Asks for something that is not gRPC.</summary>
    public uint Get(string service = "echo", string method = "GET", bool end = true, params string[] more) => GetAt("/page", service, method, end, more);

    /// <summary>The same of another path.</summary>
    public uint GetAt(string target, string service = "echo", string method = "GET", bool end = true, params string[] more) =>
        Ask(end, [$":method: {method}", ":scheme: http", $":path: {target}", $":authority: {service}", .. more]);

    public void Reset(uint id, ErrorCode code = ErrorCode.Cancel) => Send(Frames.RstStream(id, code));

    private uint Ask(bool end, string[] lines)
    {
        var id = _next;
        _next += 2;
        Send(Frames.Headers(id, HeaderBlock.Of(lines), end));
        return id;
    }
}
