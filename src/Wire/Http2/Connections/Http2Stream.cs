using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// A <see cref="MessageStream"/> of HTTP/2, as its handler sees it: what the handler asks for goes to the half of the connection
/// that does it. Its flow control is the windows of RFC 9113 section 5.2.
/// </summary>
internal sealed class Http2Stream(SegmentPool segments) : StreamState(segments)
{
    public override Http2Connection Connection => (Http2Connection)Owner;

    public override string Version => "2";

    public override StreamWait WaitsFor =>
        Pending.Length == 0 ? StreamWait.None
        : !SendWindow.IsOpen ? StreamWait.StreamWindow
        : Connection.Sender.WindowLeft <= 0 ? StreamWait.ConnectionWindow
        : StreamWait.Output;

    public override long WaitingSince => Stall.Since;

    public override void WriteHeaders(HeaderList headers, bool endStream) => Connection.Sender.WriteHeaders(this, headers, endStream);

    public override int Write(ReadOnlySpan<byte> data, bool endStream) => Connection.Sender.WriteData(this, data, endStream);

    public override void WriteTrailers(HeaderList trailers) => Connection.Sender.WriteTrailers(this, trailers);

    public override void Reset(ErrorCode code) => Connection.Streams.Reset(this, code);

    public override void Report(ProtocolViolation violation) => Connection.State.Count(violation);

    public override void StopPeerWhenDone() => Connection.Sender.StopPeerWhenDone(this);

    public override void ReturnCredit(int bytes) => Connection.State.Windows.ReturnCredit(this, bytes);
}
