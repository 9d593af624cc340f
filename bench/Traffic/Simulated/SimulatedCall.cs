using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>One call of a caller's.</summary>
internal sealed class SimulatedCall(World world, long since, Action<CallEnd> ended) : IStreamHandler
{
    private string _server = "";
    private int _code = GrpcStatus.Unknown;
    private bool _saysNoRetry;
    private bool _hasEnded;

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        Read(stream, headers);
        if (endStream)
        {
            End();
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.ReturnCredit(data.Length);
        if (endStream)
        {
            End();
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        Read(stream, trailers);
        End();
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        _code = GrpcStatus.Unavailable;
        End();
    }

    public void OnClosed(MessageStream stream) => End();

    private void Read(MessageStream stream, HeaderList headers)
    {
        if (headers.TryGet(ScriptedCall.ServerHeader, out var server))
        {
            _server = Encoding.ASCII.GetString(server);
        }

        _saysNoRetry |= headers.TryGet("x-mesh-no-retry"u8, out _) || headers.TryGet(KnownHeader.GrpcRetryPushbackMs, out _);
        if (stream.Protocol == Protocol.Http1)
        {
            _code = headers.ValueAt(0).SequenceEqual("200"u8) ? GrpcStatus.Ok : GrpcStatus.Unavailable;
        }
        else if (headers.TryGet(KnownHeader.GrpcStatus, out var status) && GrpcStatus.TryParseCode(status, out var code))
        {
            _code = code;
        }
    }

    private void End()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            ended(new CallEnd(_code, world.Now - since, _server, _saysNoRetry));
        }
    }
}
