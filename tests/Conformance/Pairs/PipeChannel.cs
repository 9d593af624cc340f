using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;

namespace Mesh.Conformance.Pairs;

/// <summary>A channel that keeps what was written in one buffer until the test delivers it: it allocates nothing itself.</summary>
internal sealed class PipeChannel(EventLoop loop) : Channel(loop)
{
    private readonly ByteBuffer _written = new();

    public override IPEndPoint? Remote => null;

    public override bool IsClosed => false;

    public bool HasBytes => _written.Length > 0;

    public override WriteResult Write(ByteQueue output)
    {
        while (output.Length > 0)
        {
            var first = output.First;
            _written.Append(first);
            output.Consume(first.Length);
        }

        return WriteResult.Done;
    }

    public override void ShutdownWrite()
    {
    }

    public override void PauseReading()
    {
    }

    public override void ResumeReading()
    {
    }

    public override void Close()
    {
    }

    public void DeliverTo(PipeChannel other)
    {
        // As from a socket: into the loop's block, of which the handler may hold pieces.
        for (var rest = _written.Written; !rest.IsEmpty;)
        {
            var block = Loop.Segments.Reads.Next();
            var n = Math.Min(rest.Length, block.Length);
            rest[..n].CopyTo(block);
            rest = rest[n..];
            other.Handler.OnBytes(block[..n]);
        }

        _written.Clear();
    }
}
