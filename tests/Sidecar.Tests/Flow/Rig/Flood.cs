using System.Buffers.Binary;
using System.Net;
using Mesh.Conformance.Peer;
using Mesh.Sidecar.Listeners;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>A caller that makes the same call again and again, and keeps nothing of the answers: what is allocated is the sidecar's.</summary>
internal sealed class Flood
{
    private readonly FlowRig _rig;
    private readonly Sink _sink;
    private readonly byte[] _request;
    private uint _id = 1;

    /// <param name="rig">Called.</param>
    /// <param name="head">Of each call, which ends with it.</param>
    public Flood(FlowRig rig, params string[] head)
    {
        _rig = rig;
        _sink = new Sink(rig.Loop);
        _request = Frames.Headers(1, HeaderBlock.Of(head), end: true);
        Http2Connection.Accept(_sink, new DownstreamConnection(rig.Flow, TunnelEntry.None(rig.Worker), null, _ => { }), new WireOptions(), rig.Violations);
        _sink.Handler.OnBytes([.. Frames.Preface, .. Frames.Settings((4, 1 << 24)), .. Frames.WindowUpdate(0, 1 << 28)]);
    }

    /// <summary>How many there were.</summary>
    public long Calls => _id / 2;

    /// <summary>Bytes that have come back.</summary>
    public long Written => _sink.Written;

    public void Call()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_request.AsSpan(5), _id);
        _id += 2;
        _sink.Handler.OnBytes(_request);
        _rig.Loop.Turn();
    }

    /// <summary>Bytes each time, once it is warm: the least of some rounds, since what is allocated once is none of a call's.</summary>
    public static double AllocatedBy(Action action)
    {
        const int times = 1000;
        const int rounds = 5;
        var least = double.MaxValue;
        for (var round = 0; round <= rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                action();
            }

            var each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)times;
            least = round == 0 ? least : Math.Min(least, each);
        }

        return least;
    }

    /// <summary>Reads everything and keeps nothing.</summary>
    private sealed class Sink(EventLoop loop) : Channel(loop)
    {
        public override IPEndPoint? Remote => null;

        public override bool IsClosed => false;

        public long Written { get; private set; }

        public override WriteResult Write(ByteQueue output)
        {
            Written += output.Length;
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
}
