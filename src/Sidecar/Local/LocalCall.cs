using System.Buffers.Binary;
using System.Buffers.Text;
using Google.Protobuf;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Local;

/// <summary>One call of the mesh's own API, as its method sees it: a request, answers and an end, in gRPC's framing. On its loop only.</summary>
/// <param name="inForce">The snapshot that its loop goes by.</param>
/// <param name="stream">Which carries it.</param>
internal sealed class LocalCall(LoopSnapshot inForce, MessageStream stream) : IStreamHandler, ITimerTarget
{
    private const int PrefixSize = 5;

    /// <summary>No request of these methods is longer.</summary>
    private const int MostBytes = 16 * 1024;

    private readonly List<byte> _request = [];
    private readonly HeaderList _head = new();
    private LocalMethod? _method;
    private LoopTimer? _timer;
    private bool _isAsked;
    private bool _hasHead;
    private bool _isOver;

    private EventLoop Loop => inForce.Worker.Loop;

    /// <summary>What the loop goes by.</summary>
    public MeshSnapshot Snapshot => inForce.Current;

    /// <summary>What its method keeps of it; null at first.</summary>
    public object? State { get; set; }

    public void Begin(LocalMethod method, bool endStream)
    {
        _method = method;
        if (endStream)
        {
            End(GrpcStatus.InvalidArgument, "the call has no message"u8);
        }
    }

    /// <summary>The method is asked again whenever something changes, until the call ends.</summary>
    public void KeepInformed() => inForce.Changed += OnChanged;

    /// <summary>The method is told when the time is up.</summary>
    public void WaitFor(TimeSpan time) =>
        Loop.Timers.Schedule(_timer ??= new LoopTimer(this), Loop.Now + time.Ticks);

    public void StopWaiting() => _timer?.Cancel();

    /// <summary>One message of the answer.</summary>
    public void Write(IMessage message)
    {
        if (_isOver)
        {
            return;
        }

        WriteHead();
        var size = message.CalculateSize();
        var framed = new byte[PrefixSize + size];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), size);
        message.WriteTo(framed.AsSpan(PrefixSize));
        stream.Write(framed, endStream: false);
    }

    /// <summary>The end of the answer.</summary>
    /// <param name="status">gRPC's.</param>
    /// <param name="message">In printable ASCII; empty says nothing.</param>
    public void End(int status, ReadOnlySpan<byte> message = default)
    {
        if (_isOver)
        {
            return;
        }

        Span<byte> digits = stackalloc byte[2];
        Utf8Formatter.TryFormat(status, digits, out var length);
        _head.Clear();
        if (!_hasHead)
        {
            AddHead();
        }

        _head.Add(KnownHeader.GrpcStatus, digits[..length]);
        if (!message.IsEmpty)
        {
            _head.Add(KnownHeader.GrpcMessage, message);
        }

        if (_hasHead)
        {
            stream.WriteTrailers(_head);
        }
        else
        {
            stream.WriteHeaders(_head, endStream: true);
        }

        stream.StopPeerWhenDone();
        Stop();
    }

    void IStreamHandler.OnData(MessageStream from, ReadOnlySpan<byte> data, bool endStream)
    {
        from.ReturnCredit(data.Length);
        if (_isOver || _isAsked)
        {
            return;
        }

        _request.AddRange(data);
        var request = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_request);
        var size = request.Length < PrefixSize ? -1 : BinaryPrimitives.ReadInt32BigEndian(request[1..]);
        if (size > MostBytes || request.Length > MostBytes + PrefixSize)
        {
            End(GrpcStatus.ResourceExhausted, "the message is longer than 16384 bytes"u8);
        }
        else if (size >= 0 && request[0] != 0)
        {
            End(GrpcStatus.Unimplemented, "the message is compressed, which this method does not take"u8);
        }
        else if (size >= 0 && request.Length >= PrefixSize + size)
        {
            _isAsked = true;
            _method!.OnRequest(this, request.Slice(PrefixSize, size));
        }
        else if (endStream)
        {
            End(GrpcStatus.InvalidArgument, "the call has no whole message"u8);
        }
    }

    void IStreamHandler.OnTrailers(MessageStream from, HeaderList trailers) => End(GrpcStatus.InvalidArgument, "the call has no whole message"u8);

    void IStreamHandler.OnReset(MessageStream from, StreamReset reset) => Stop();

    void IStreamHandler.OnClosed(MessageStream from) => Stop();

    void IStreamHandler.OnSent(MessageStream from, int bytes)
    {
    }

    void IStreamHandler.OnInterim(MessageStream from, HeaderList headers)
    {
    }

    void IStreamHandler.OnHeaders(MessageStream from, HeaderList headers, bool endStream)
    {
    }

    void ITimerTarget.OnTimer(int kind) => _method!.OnTimeUp(this);

    private void OnChanged()
    {
        if (!_isOver)
        {
            _method!.OnChanged(this);
        }
    }

    private void WriteHead()
    {
        if (!_hasHead)
        {
            _hasHead = true;
            _head.Clear();
            AddHead();
            stream.WriteHeaders(_head, endStream: false);
        }
    }

    private void AddHead()
    {
        _head.Add(KnownHeader.Status, "200"u8);
        _head.Add(KnownHeader.ContentType, "application/grpc"u8);
    }

    private void Stop()
    {
        if (!_isOver)
        {
            _isOver = true;
            _timer?.Cancel();
            inForce.Changed -= OnChanged;
        }
    }
}
