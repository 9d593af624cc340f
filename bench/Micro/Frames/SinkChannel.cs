using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Micro.Frames;

/// <summary>A channel that takes everything and keeps nothing.</summary>
internal sealed class SinkChannel(EventLoop loop) : Channel(loop)
{
    public override IPEndPoint? Remote => null;

    public override bool IsClosed => false;

    public override WriteResult Write(ByteQueue output)
    {
        output.Consume(output.Length);
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
}
