using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Generating;

/// <summary>One call of a generator, pooled by it.</summary>
internal sealed class GeneratedCall(CallGenerator generator) : IStreamHandler
{
    private bool _hasEnded;
    private bool _isAccepted;

    /// <summary>When it began, or was due, as <see cref="System.Diagnostics.Stopwatch"/> has it.</summary>
    public long Begun { get; set; }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        _isAccepted = stream.Connection.Protocol == Protocol.Http1 && headers.ValueAt(0).SequenceEqual("200"u8);
        if (endStream)
        {
            End(stream, headers);
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.ReturnCredit(data.Length);
        if (endStream)
        {
            End(stream, null);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers) => End(stream, trailers);

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        _isAccepted = false;
        End(stream, null);
    }

    public void OnClosed(MessageStream stream)
    {
        _hasEnded = _isAccepted = false;
        generator.Return(this);
    }

    private void End(MessageStream stream, HeaderList? trailers)
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            var succeeded = _isAccepted || (trailers is not null && trailers.TryGet(KnownHeader.GrpcStatus, out var status) && status.SequenceEqual("0"u8));
            generator.OnEnded(this, stream.Connection, succeeded);
        }
    }
}
