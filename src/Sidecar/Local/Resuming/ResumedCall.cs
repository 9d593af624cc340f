using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Threading.Channels;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>
/// The caller's side of a stream that is resumed: takes its messages apart on its loop, and hands them to the task that talks to the control
/// plane; what that has to say comes back to the loop. On its loop, but for what is marked.
/// </summary>
/// <param name="inForce">Says when the sidecar begins to drain.</param>
/// <param name="stream">Which carries it.</param>
/// <param name="isEnding">Whether the sidecar drains. Any thread.</param>
internal sealed class ResumedCall(LoopSnapshot inForce, MessageStream stream, Func<bool> isEnding) : IStreamHandler
{
    private const int PrefixSize = 5;

    /// <summary>10,000 tokens have a third of it.</summary>
    private const int MostBytes = 1024 * 1024;

    /// <summary>Of what waits for the control plane, which may be away.</summary>
    private const long MostQueued = 4 * 1024 * 1024;

    /// <summary>Of what the caller has not taken: beyond it the control plane is read no further.</summary>
    private const int MostPending = 256 * 1024;

    private readonly System.Threading.Channels.Channel<byte[]> _requests = System.Threading.Channels.Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _gone = new();
    private readonly TaskCompletionSource _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> _received = [];
    private readonly HeaderList _head = new();
    private TaskCompletionSource? _taken;
    private long _queued;
    private bool _hasHead;
    private bool _isOver;

    private EventLoop Loop => inForce.Worker.Loop;

    /// <summary>The caller's messages, in order; ends when it says no more. One reader, any thread, that tells of each by <see cref="OnTaken"/>.</summary>
    public ChannelReader<byte[]> Requests => _requests.Reader;

    /// <summary>The caller is gone. Any thread.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Completes when the sidecar begins to drain. Any thread.</summary>
    public Task Draining => _draining.Task;

    public void Begin(ResumedMethod method, string traceparent, bool endStream)
    {
        inForce.Changed += OnChanged;
        OnChanged();
        if (endStream)
        {
            _requests.Writer.TryComplete();
        }

        _ = Task.Run(() => method.RunAsync(this, traceparent));
    }

    /// <summary>The task has one of <see cref="Requests"/>. Any thread.</summary>
    public void OnTaken(byte[] request) => Interlocked.Add(ref _queued, -request.Length);

    /// <summary>The caller is answered, if only by a head. Any thread.</summary>
    public void Open() => Loop.Post(WriteHead);

    /// <summary>One message to the caller; completes when there is room for the next. Any thread, one at a time.</summary>
    public Task WriteAsync(byte[] message)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() => Write(message, taken));
        return taken.Task;
    }

    /// <summary>The end of the answer. Any thread.</summary>
    /// <param name="status">gRPC's.</param>
    /// <param name="message">For people; empty says nothing.</param>
    public void End(int status, string message) => Loop.Post(() => WriteEnd(status, message));

    void IStreamHandler.OnData(MessageStream from, ReadOnlySpan<byte> data, bool endStream)
    {
        from.ReturnCredit(data.Length);
        if (_isOver)
        {
            return;
        }

        _received.AddRange(data);
        TakeMessages();
        if (endStream)
        {
            _requests.Writer.TryComplete();
        }
    }

    void IStreamHandler.OnTrailers(MessageStream from, HeaderList trailers) => _requests.Writer.TryComplete();

    void IStreamHandler.OnReset(MessageStream from, StreamReset reset) => Stop();

    void IStreamHandler.OnClosed(MessageStream from) => Stop();

    void IStreamHandler.OnSent(MessageStream from, int bytes)
    {
        if (_taken is { } taken && from.PendingBytes < MostPending)
        {
            _taken = null;
            taken.SetResult();
        }
    }

    void IStreamHandler.OnInterim(MessageStream from, HeaderList headers)
    {
    }

    void IStreamHandler.OnHeaders(MessageStream from, HeaderList headers, bool endStream)
    {
    }

    private void TakeMessages()
    {
        var at = 0;
        var received = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received);
        while (received.Length - at >= PrefixSize)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(received[(at + 1)..]);
            if (received[at] != 0)
            {
                WriteEnd(GrpcStatus.Unimplemented, "the message is compressed, which this method does not take");
                return;
            }

            if (size > MostBytes)
            {
                WriteEnd(GrpcStatus.ResourceExhausted, "the message is longer than 1048576 bytes");
                return;
            }

            if (received.Length - at - PrefixSize < size)
            {
                break;
            }

            var message = received.Slice(at + PrefixSize, (int)size).ToArray();
            at += PrefixSize + (int)size;
            if (Interlocked.Add(ref _queued, message.Length) > MostQueued)
            {
                WriteEnd(GrpcStatus.ResourceExhausted, "the control plane is away, and 4194304 bytes wait for it");
                return;
            }

            _requests.Writer.TryWrite(message);
        }

        _received.RemoveRange(0, at);
    }

    private void Write(byte[] message, TaskCompletionSource taken)
    {
        if (_isOver)
        {
            taken.SetResult();
            return;
        }

        WriteHead();
        var framed = new byte[PrefixSize + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, PrefixSize);
        stream.Write(framed, endStream: false);
        if (stream.PendingBytes < MostPending)
        {
            taken.SetResult();
        }
        else
        {
            _taken = taken;
        }
    }

    private void WriteHead()
    {
        if (!_hasHead && !_isOver)
        {
            _hasHead = true;
            _head.Clear();
            AddHead();
            stream.WriteHeaders(_head, endStream: false);
        }
    }

    private void WriteEnd(int status, string message)
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
        if (message.Length != 0)
        {
            _head.Add(KnownHeader.GrpcMessage, Encoded(message));
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

    // gRPC over HTTP/2, "Status-Message": percent-encoded.
    private static byte[] Encoded(string message) => Encoding.ASCII.GetBytes(
        string.Concat(Encoding.UTF8.GetBytes(message).Select(octet => octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%' ? $"{(char)octet}" : $"%{octet:X2}")));

    private void AddHead()
    {
        _head.Add(KnownHeader.Status, "200"u8);
        _head.Add(KnownHeader.ContentType, "application/grpc"u8);
    }

    private void OnChanged()
    {
        if (isEnding())
        {
            _draining.TrySetResult();
        }
    }

    private void Stop()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        inForce.Changed -= OnChanged;
        _requests.Writer.TryComplete();
        _taken?.SetResult();
        _taken = null;

        // Elsewhere: what is cancelled does its work on the thread that does so.
        _ = _gone.CancelAsync();
    }
}
