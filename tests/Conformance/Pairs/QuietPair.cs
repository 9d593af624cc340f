using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Pairs;

/// <summary>
/// The two ends of one connection on one loop, and what their applications do without leaving anything behind: whoever measures what the
/// engine allocates says here what is asked and answered. No stream may fail.
/// </summary>
internal abstract class QuietPair : IConnectionHandler, IStreamHandler
{
    protected QuietPair()
    {
        Client = new PipeChannel(Loop);
        Server = new PipeChannel(Loop);
        Loop.Connector = _ => Client;
    }

    /// <summary>Answers that are whole.</summary>
    public int Answered { get; protected set; }

    public SegmentPool Segments => Loop.Segments;

    protected MemoryLoop Loop { get; } = new(new FakeTimeProvider());

    protected PipeChannel Client { get; }

    protected PipeChannel Server { get; }

    public PipeChannel NewChannel() => new(Loop);

    /// <summary>What calls allocate, in bytes, once as many have been made before that the pools are warm.</summary>
    public static long AllocatedBy(Action warmUp, Action calls)
    {
        warmUp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        calls();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    public abstract void OnRequest(MessageStream stream, HeaderList headers, bool endStream);

    public virtual void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public virtual void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public abstract void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream);

    public virtual void OnTrailers(MessageStream stream, HeaderList trailers)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset) => Assert.Fail("a stream was reset");

    public void OnClosed(MessageStream stream)
    {
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection) => Assert.Fail("the connection was lost");

    /// <summary>Carries bytes to and fro until there are none.</summary>
    protected void Settle()
    {
        do
        {
            Loop.Turn();
            Client.DeliverTo(Server);
            Loop.Turn();
            Server.DeliverTo(Client);
            Loop.Turn();
        }
        while (Client.HasBytes);
    }
}
