using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Flow.GrpcWeb;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Listeners;

/// <summary>
/// gRPC-Web on the outbound port, so that a browser needs no other proxy: its calls become gRPC's, and what browsers ask about pages of
/// other origins is answered here. One per process.
/// </summary>
/// <param name="origins">Whose pages may call.</param>
internal sealed class GrpcWebEntry(CorsOptions origins)
{
    private readonly CorsPolicy _cors = new(origins);

    /// <summary>Takes the request if it is one of gRPC-Web, or a browser's question about one.</summary>
    /// <returns>Whether it has.</returns>
    public bool TryBegin(MessageStream stream, HeaderList headers, bool endStream, RequestFlow flow)
    {
        var asked = _cors.Decide(headers);
        if (asked is CorsRequest.Preflight or CorsRequest.Refused)
        {
            Answer(stream, headers, asked);
            return true;
        }

        var call = GrpcWebCall.Of(headers);
        if (!call.IsWeb)
        {
            return false;
        }

        var page = new HeaderList();
        if (asked == CorsRequest.Call && headers.TryGet("origin"u8, out var origin))
        {
            page.Add("origin"u8, origin);
        }

        var web = new GrpcWebStream(stream, call, page.Count > 0 ? _cors : null, page);
        stream.Handler = web;
        call.ToGrpc(headers);
        flow.Begin(web, headers, endStream);
        return true;
    }

    private void Answer(MessageStream stream, HeaderList headers, CorsRequest asked)
    {
        var answer = new HeaderList();
        _cors.Answer(headers, asked, answer);
        stream.Handler = Wire.Streams.Unhandled.Instance;
        stream.WriteHeaders(answer, endStream: true);
        stream.StopPeerWhenDone();
    }
}
